// A shard stepped at random and crashed at every acknowledgement.
#include "stepped_shard.hpp"

#include <gtest/gtest.h>

#include <random>

namespace seckill {
namespace {

using namespace testing;

const basket one_a{{sku_id{1}, 1}};

/// Random commands, turns, faults. With each command goes a read, decided right behind it, that notes how far the ledger
/// was; when the command's answer leaves, a crash at that instant must leave at least so much, and the reservation that
/// the answer names.
class random_schedule {
 public:
  random_schedule(std::uint64_t seed, durability level) : random_(seed), b_(level) {
    b_.open_sale(6, 2);
    b_.work->sync_turn();
    if (below(2) == 0) return;
    const storage_call call = below(2) == 0 ? storage_call::append : storage_call::sync;
    b_.script->plan({.call = call,
                     .nth = b_.count(call) + 1 + below(20),
                     .code = errc::storage_failed,
                     .done_before = below(3)});
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const std::uint64_t kind = below(12);
      if (kind < 4)
        ask(reserve_command{req(1 + below(30)), b_.sale, buyer_id{1 + below(6)}, one_a});
      else if (kind < 6)
        ask(cancel_command{known()});
      else if (kind < 9)
        b_.apply();
      else if (kind < 11)
        b_.commit();
      else if (below(3) == 0)
        b_.work->sync_turn();
      if (below(8) == 0) b_.now += static_cast<time_ms>(below(100));
    }
    b_.work->close();
    b_.settle();
    for (const asked& each : asked_) ASSERT_TRUE(each.answered);
  }
  int checked = 0;

 private:
  struct asked {
    random_schedule* in;
    durability level;
    std::optional<std::uint64_t> decided_at;  // the ledger's last event right behind this command
    bool answered = false;

    static void done(void* context, const answer& reply) noexcept {
      auto& self = *static_cast<asked*>(context);
      EXPECT_FALSE(self.answered);
      self.answered = true;
      if (to_integer(reply.reservation) != 0) self.in->reservations_.push_back(reply.reservation);
      if (!is_transient(reply.code)) self.in->check(self, reply);
    }
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  reservation_id known() {
    return reservations_.empty() ? reservation_id{1} : reservations_[below(reservations_.size())];
  }

  void ask(command what) {
    asked& mine = asked_.emplace_back(this, static_cast<durability>(below(3)));
    const submission one{std::move(what), {&asked::done, &mine}, mine.level};
    const submission* const pointer = &one;
    if (b_.work->submit({&pointer, 1}).count == 0) {
      asked::done(&mine, {.code = outcome::overloaded});
      return;
    }
    auto question = std::make_unique<read_request>(read_request{
        [&mine](const ledger& books) { mine.decided_at = books.last_sequence(); }, [](outcome) {}});
    EXPECT_TRUE(b_.work->submit(question))
        << "commands and reads go in pairs, the ring and batches hold pairs";
  }

  void check(const asked& given, const answer& reply) {
    if (given.level == durability::memory) return;
    const auto crashed =
        given.level == durability::synced ? b_.image->after_machine_crash() : b_.image->after_process_crash();
    const auto disk = open_memory_journal(crashed).value();
    const auto left = recover(*disk, {.bounds = b_.params.ledger});
    ASSERT_TRUE(left) << left.error().text;
    ASSERT_TRUE(given.decided_at);
    EXPECT_GE(left->state.last_sequence(), *given.decided_at) << "revealed by " << to_string(reply.code);
    EXPECT_TRUE(to_integer(reply.reservation) == 0 || left->state.find(reply.reservation));
    EXPECT_EQ(left->state.audit(), std::vector<std::string>{});
    ++checked;
  }

  std::mt19937_64 random_;
  stepped_shard b_;
  std::deque<asked> asked_;
  std::vector<reservation_id> reservations_;
};

TEST(shard, random_schedules_acknowledge_nothing_that_a_crash_takes) {
  int checked = 0;
  for (const durability level : {durability::memory, durability::written, durability::synced})
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      random_schedule schedule(seed, level);
      schedule.run(400);
      checked += schedule.checked;
      if (HasFailure()) return;
    }
  EXPECT_GT(checked, 1'500);
}

}  // namespace
}  // namespace seckill
