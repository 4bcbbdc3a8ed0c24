#include <seckill/policy/swap_cell.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace seckill {
namespace {

// Both halves are always equal, and destruction breaks them: a reader that sees a torn or dead value notices.
struct twin {
  explicit twin(std::uint64_t number, std::atomic<int>* destroyed = nullptr)
      : first(number), second(number), count(destroyed) {}
  twin(const twin&) = delete;
  twin& operator=(const twin&) = delete;
  ~twin() {
    first = 0;
    if (count != nullptr) ++*count;
  }
  std::uint64_t first;
  std::uint64_t second;
  std::atomic<int>* count;
};

TEST(swap_cell, shows_the_newest_value_and_destroys_each_old_one) {
  std::atomic<int> destroyed{0};
  {
    swap_cell<twin> cell(std::make_unique<const twin>(1, &destroyed));
    cell.set(std::make_unique<const twin>(2, &destroyed));
    EXPECT_EQ(destroyed, 1);
    EXPECT_EQ(cell.read([](const twin& now) { return now.second; }), 2U);
  }
  EXPECT_EQ(destroyed, 2);
}

TEST(swap_cell, a_cell_without_a_value_is_refused) {
  EXPECT_THROW(swap_cell<int>(nullptr), std::invalid_argument);
}

TEST(swap_cell, reads_nest) {
  const swap_cell<twin> outer(std::make_unique<const twin>(1));
  const swap_cell<twin> inner(std::make_unique<const twin>(2));
  const auto sum = outer.read([&](const twin& one) {
    const auto two = inner.read([](const twin& each) { return each.first; });
    return one.first + two + inner.read([](const twin& each) { return each.second; });
  });
  EXPECT_EQ(sum, 5U);
}

// More readers than there are thread slots, so that both ways into a section are taken.
TEST(swap_cell, readers_never_see_a_torn_or_dead_value) {
  swap_cell<twin> cell(std::make_unique<const twin>(1));
  std::atomic<bool> stop{false};
  std::atomic<int> started{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  constexpr int readers_count = 80;
  for (int i = 0; i < readers_count; ++i) {
    readers.emplace_back([&] {
      ++started;
      std::uint64_t latest = 0;
      while (!stop.load(std::memory_order_relaxed)) {
        cell.read([&](const twin& now) {
          if (now.first != now.second || now.first < latest) ++wrong;
          latest = now.first;
        });
        std::this_thread::yield();  // or a writer waits for a time slice of each reader
      }
    });
  }
  while (started != readers_count) std::this_thread::yield();
  for (std::uint64_t number = 2; number < 100; ++number) cell.set(std::make_unique<const twin>(number));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST(swap_cell, two_writers_leave_one_of_their_values) {
  swap_cell<twin> cell(std::make_unique<const twin>(0));
  const auto write = [&cell](std::uint64_t base) {
    for (std::uint64_t i = 1; i <= 50; ++i) cell.set(std::make_unique<const twin>(base + i));
  };
  std::thread one(write, 100);
  std::thread two(write, 200);
  one.join();
  two.join();
  const auto left = cell.read([](const twin& now) { return now.first; });
  EXPECT_TRUE(left == 150 || left == 250) << left;
}

}  // namespace
}  // namespace seckill
