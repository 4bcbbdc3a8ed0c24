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
