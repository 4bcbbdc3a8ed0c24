#include "server/readiness_set.hpp"

#include "server/stream_socket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace seckill::http {
namespace {

/// One end of a pair, and what its steps do.
class watcher final : public watched {
 public:
  explicit watcher(int descriptor) : socket(descriptor) {}
  void on_ready() override { step(); }

  std::string read(std::size_t size_max) {
    std::string bytes(size_max, '\0');
    const auto got = socket.receive(bytes);
    readable_ = !got.blocked && got.size == size_max;
    return bytes.substr(0, got.size);
  }
  [[nodiscard]] bool readable() const { return readable_; }
  [[nodiscard]] bool hung_up() const { return hung_up_; }

  stream_socket socket;
  std::function<void()> step = [] {};
};

class readiness_set_test : public ::testing::Test {
 protected:
  readiness_set_test() { watching_.start(); }

  watcher& add() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    watchers_.push_back(std::make_unique<watcher>(ends[0]));
    peers_.push_back(std::make_unique<stream_socket>(ends[1]));
    watcher& added = *watchers_.back();
    EXPECT_TRUE(watching_.add(ends[0], added));
    run();  // it can be written to: that is the first news
    added.step = [this, name = watchers_.size() - 1] { steps_.push_back(name); };
    return added;
  }
  void tell(std::size_t whom, std::string_view bytes = "x") {
    EXPECT_EQ(peers_[whom]->send(bytes, {}).size, bytes.size());
  }
  void run() {
    loop_.restart();
    loop_.poll();
  }

  boost::asio::io_context loop_;
  int turns_ = 0;
  readiness_set watching_{loop_, [this] { ++turns_; }};
  std::vector<std::unique_ptr<watcher>> watchers_;
  std::vector<std::unique_ptr<stream_socket>> peers_;
  std::vector<std::size_t> steps_;
};

TEST_F(readiness_set_test, all_that_are_ready_are_stepped_in_one_turn) {
  for (int i = 0; i < 3; ++i) add();
  const int before = turns_;
  for (std::size_t i = 0; i < 3; ++i) tell(i);
  run();
  std::ranges::sort(steps_);
  EXPECT_EQ(steps_, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(turns_ - before, 1);
}

TEST_F(readiness_set_test, what_is_not_read_is_told_once_and_more_is_told_again) {
  add();
  tell(0);
  run();
  run();
  EXPECT_EQ(steps_.size(), 1U);
  tell(0);
  run();
  EXPECT_EQ(steps_.size(), 2U);
}

TEST_F(readiness_set_test, who_asks_for_another_step_has_it_after_the_others) {
  watcher& greedy = add();
  add();
  std::string read;
  greedy.step = [&] {
    steps_.push_back(0);
    read += greedy.read(2);
    if (greedy.readable()) watching_.step_again(greedy);
  };
  tell(0, "abcde");
  run();
  EXPECT_EQ(read, "abcde");
  EXPECT_EQ(steps_.size(), 3U);

  steps_.clear();
  tell(0, "abcd");
  tell(1);
  run();
  EXPECT_EQ(read, "abcdeabcd");
  EXPECT_LT(std::ranges::find(steps_, 1U), steps_.begin() + 2);
}

TEST_F(readiness_set_test, a_step_can_be_asked_for_between_turns) {
  watcher& one = add();
  watching_.step_again(one);
  watching_.step_again(one);
  run();
  EXPECT_EQ(steps_.size(), 1U);
}

TEST_F(readiness_set_test, a_peer_that_hangs_up_is_told_with_its_last_bytes) {
  watcher& one = add();
  tell(0, "bye");
  EXPECT_TRUE(peers_[0]->shut_down());
  run();
  EXPECT_TRUE(one.hung_up());
  EXPECT_EQ(one.read(16), "bye");
}

TEST_F(readiness_set_test, who_is_gone_is_not_stepped) {
  for (int i = 0; i < 2; ++i) {
    watcher& each = add();
    each.step = [this, me = static_cast<std::size_t>(i)] {
      steps_.push_back(me);
      watchers_[1 - me].reset();
    };
  }
  tell(0);
  tell(1);
  run();
  EXPECT_EQ(steps_.size(), 1U);
}

TEST_F(readiness_set_test, nothing_is_stepped_after_the_end) {
  add();
  tell(0);
  watching_.stop();
  run();
  EXPECT_TRUE(steps_.empty());
}

TEST(stream_socket, tells_blocking_from_the_end) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  stream_socket one(ends[0]);
  stream_socket other(ends[1]);
  std::array<char, 8> space{};
  EXPECT_TRUE(one.receive(space).blocked);
  EXPECT_EQ(other.send("ab", "cd").size, 4U);
  EXPECT_EQ(one.receive(space).size, 4U);
  EXPECT_EQ(std::string_view(space.data(), 4), "abcd");
  other.close();
  const auto end = one.receive(space);
  EXPECT_TRUE(!end.blocked && !end.failed && end.size == 0);
  EXPECT_TRUE(one.send("x", {}).failed);
}

}  // namespace
}  // namespace seckill::http
