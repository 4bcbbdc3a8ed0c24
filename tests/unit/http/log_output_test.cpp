#include "server/log_output.hpp"

#include <seckill/http/log_hook.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace seckill::http {
namespace {

/// A pipe or a pair of sockets: what is written to `in` is read from `out`.
class log_output_to : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(GetParam() ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) : ::pipe(ends_), 0);
  }
  void TearDown() override {
    close_out();
    ::close(ends_[1]);
  }
  [[nodiscard]] int in() const { return ends_[1]; }
  void close_out() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  /// All that is there.
  [[nodiscard]] std::string read() const {
    std::string all;
    char bytes[4'096];
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    for (ssize_t size = 0; (size = ::read(ends_[0], bytes, sizeof bytes)) > 0;)
      all.append(bytes, static_cast<std::size_t>(size));
    return all;
  }

  int ends_[2] = {-1, -1};
};

TEST_P(log_output_to, a_reader_gets_every_line) {
  log_output output(in());
  EXPECT_TRUE(output.write("one\n"));
  EXPECT_TRUE(output.write("two\n"));
  EXPECT_EQ(read(), "one\ntwo\n");
}

TEST_P(log_output_to, a_reader_that_does_not_read_keeps_nobody) {
  log_output output(in());
  const std::string line = std::string(999, 'x') + '\n';
  int written = 0;
  while (output.write(line)) ASSERT_LT(++written, 10'000) << "nothing is full";
  for (int i = 0; i < 1'000; ++i) static_cast<void>(output.write(line));
  EXPECT_EQ(::fcntl(in(), F_GETFL) & O_NONBLOCK, 0) << "the descriptor is shared with other processes";

  const std::string before = read();
  EXPECT_TRUE(output.write("after\n")) << "it reads again";
  const std::string after = read();
  EXPECT_TRUE((before + after).ends_with("\nafter\n")) << "a line that was cut must not swallow the next";
}

TEST_P(log_output_to, a_reader_that_has_gone_is_a_failed_write) {
  log_output output(in());
  close_out();
  EXPECT_FALSE(output.write("line\n"));
  EXPECT_FALSE(output.write("line\n"));
}

INSTANTIATE_TEST_SUITE_P(kinds, log_output_to, ::testing::Values(false, true),
                         [](const auto& with) { return std::string(with.param ? "socket" : "pipe"); });

TEST(log_output, a_full_disk_and_a_closed_descriptor_are_failed_writes) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  EXPECT_FALSE(log_output(full).write("line\n"));
  ::close(full);
  EXPECT_FALSE(log_output(full).write("line\n"));
}

TEST(log_to_stderr, drops_and_counts_what_nobody_reads) {
  const int real = ::dup(STDERR_FILENO);
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  ::dup2(ends[1], STDERR_FILENO);
  const std::uint64_t before = log_lines_dropped();
  constexpr std::uint64_t lines = 50'000;
  {
    const log_hook first = log_to_stderr();
    const log_hook second = log_to_stderr();
    for (std::uint64_t i = 0; i < lines; ++i)
      (i % 2 == 0 ? first : second)(log_level::info, "event=something");
  }
  ::dup2(real, STDERR_FILENO);
  ::close(real);
  ::close(ends[1]);
  std::uint64_t arrived = 0;
  char bytes[4'096];
  for (ssize_t size = 0; (size = ::read(ends[0], bytes, sizeof bytes)) > 0;)
    for (ssize_t i = 0; i < size; ++i) arrived += bytes[i] == '\n' ? 1 : 0;
  ::close(ends[0]);
  EXPECT_GT(arrived, 0U);
  EXPECT_EQ(arrived + log_lines_dropped() - before, lines) << "each line arrives or is counted";
}

}  // namespace
}  // namespace seckill::http
