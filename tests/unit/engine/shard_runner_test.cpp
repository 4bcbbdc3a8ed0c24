// The two threads of a shard, on a journal in memory.
#include "engine/thread_scheduling.hpp"
#include "tests/support/house.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace seckill {
namespace {

using namespace testing;

// The thread that decides a reserve, and the one that answers it.
struct threads_of_a_command {
  std::thread::id decider;
  std::thread::id answerer;
};

threads_of_a_command ask(house& h, sale_id sale, std::uint64_t buyer) {
  threads_of_a_command seen;
  std::promise<void> looked;
  std::promise<void> answered;
  struct context {
    threads_of_a_command& seen;
    std::promise<void>& answered;
  } context{seen, answered};
  const auto done = [](void* to, const answer&) noexcept {
    auto& self = *static_cast<struct context*>(to);
    self.seen.answerer = std::this_thread::get_id();
    self.answered.set_value();
  };
  h.works->submit(
      {reserve_command{h.next_request(), sale, buyer_id{buyer}, {{sku_id{1}, 1}}}, {done, &context}, {}});
  answered.get_future().wait();
  h.works->read(
      0, [&](const ledger&) { seen.decider = std::this_thread::get_id(); },
      [&](outcome) { looked.set_value(); });
  looked.get_future().wait();
  return seen;
}

TEST(shard_runner, a_lone_command_is_decided_and_committed_by_one_thread) {
  for (const durability level : {durability::written, durability::synced}) {
    house h(small_engine(level));
    const sale_id sale = h.open_sale(sale_of({{1, 10'000}}));
    bool by_one = false;
    // Right after another command the committing thread may still be awake, and take it.
    for (std::uint64_t buyer = 1; buyer <= 10'000 && !by_one; ++buyer) {
      const threads_of_a_command seen = ask(h, sale, buyer);
      by_one = seen.decider == seen.answerer;
    }
    EXPECT_TRUE(by_one);
  }
}

struct told_on {
  std::optional<answer> reply;
  std::thread::id thread;

  static void done(void* to, const answer& reply) noexcept {
    auto& self = *static_cast<told_on*>(to);
    self.reply = reply;
    self.thread = std::this_thread::get_id();
  }
};

TEST(shard_runner, a_caller_decides_itself_where_nothing_waits_for_the_journal) {
  house h(small_engine(durability::memory));
  const sale_id sale = h.open_sale(sale_of({{1, 10'000}}));
  bool by_caller = false;
  // The deciding thread may still be awake.
  for (std::uint64_t buyer = 1; buyer <= 10'000 && !by_caller; ++buyer) {
    std::promise<void> answered;
    struct context {
      told_on told;
      std::promise<void>& answered;
    } context{{}, answered};
    const auto done = [](void* to, const answer& reply) noexcept {
      auto& self = *static_cast<struct context*>(to);
      told_on::done(&self.told, reply);
      self.answered.set_value();
    };
    h.works->submit(
        {reserve_command{h.next_request(), sale, buyer_id{buyer}, {{sku_id{1}, 1}}}, {done, &context}, {}});
    answered.get_future().wait();
    EXPECT_EQ(context.told.reply->code, outcome::reserved);
    by_caller = context.told.thread == std::this_thread::get_id();
  }
  EXPECT_TRUE(by_caller);
}

// Though nobody waits for the one, and the deciding thread slept through the other.
TEST(shard_runner, what_a_caller_decides_reaches_the_journal_and_expires) {
  house h(small_engine(durability::memory));
  const sale_id sale = h.open_sale(sale_of({{1, 1}}));
  ASSERT_EQ(h.reserve(sale, 1).code, outcome::reserved);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (h.works->stats().shards[0].durable_sequence < 2 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(h.works->stats().shards[0].durable_sequence, 2U) << "its creation, and the reserve";
  h.time.set(opens + ttl);
  h.works->tick();
  while (h.stock(sale).available == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(h.stock(sale).available, 1U);
}

TEST(shard_runner, a_completion_may_submit_again) {
  house h(small_engine(durability::memory));
  struct client {
    house& h;
    sale_id sale;
    std::uint64_t left;
    std::promise<void> over;

    static void done(void* to, const answer& reply) noexcept {
      auto& self = *static_cast<client*>(to);
      EXPECT_EQ(reply.code, outcome::reserved);
      if (--self.left == 0) return self.over.set_value();
      self.ask();
    }
    void ask() {
      h.works->submit({reserve_command{req(left), sale, buyer_id{left}, {{sku_id{1}, 1}}}, {done, this}, {}});
    }
  } crowd{h, h.open_sale(sale_of({{1, 10'000}})), 10'000, {}};
  crowd.ask();
  crowd.over.get_future().wait();
  EXPECT_EQ(h.stock(crowd.sale).available, 0U);
}

TEST(shard_runner, callers_on_many_threads_are_all_answered) {
  constexpr std::uint64_t callers = 4;
  constexpr std::uint64_t each_asks = 3'000;
  house h(small_engine(durability::memory));
  const sale_id sale = h.open_sale(sale_of({{1, callers * each_asks}}));
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> reserved{0};
  for (std::uint64_t caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      for (std::uint64_t i = 1; i <= each_asks; ++i) {
        const std::uint64_t number = caller * each_asks + i;
        const auto level = number % 97 == 0 ? durability::synced : durability::memory;
        const reserve_command what{req(number), sale, buyer_id{number}, {{sku_id{1}, 1}}};
        const answer reply = h.works->execute(what, level);
        EXPECT_EQ(reply.code, outcome::reserved) << number;
        reserved += reply.code == outcome::reserved;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(reserved.load(), callers * each_asks);
  EXPECT_EQ(h.stock(sale).available, 0U);
}

// The slice that this thread has asked for, ns; 0: the kernel does not tell.
std::uint64_t slice_of_this_thread() {
  std::array<std::uint64_t, 6> attributes{};
  if (::syscall(SYS_sched_getattr, 0, attributes.data(), sizeof attributes, 0) != 0) return 0;
  return attributes[3];  // sched_runtime
}

TEST(shard_runner, its_threads_run_when_they_wake) {
  std::uint64_t mine = 0;
  std::thread([&] {
    shorten_thread_slice();
    mine = slice_of_this_thread();
  }).join();
  if (mine == 0) GTEST_SKIP() << "this kernel has no slices";
  house h;
  std::promise<std::uint64_t> decider;
  h.works->read(
      0, [&](const ledger&) { decider.set_value(slice_of_this_thread()); }, [](outcome) {});
  EXPECT_EQ(decider.get_future().get(), mine);
}

}  // namespace
}  // namespace seckill
