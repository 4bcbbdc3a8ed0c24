#include "process.hpp"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <time.h>
#include <unistd.h>

namespace flash_sale {

using seckill::errc;
using seckill::make_error;
using seckill::result;

namespace {

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

void occupy_standard_descriptors() {
  for (int each = STDIN_FILENO; each <= STDERR_FILENO; ++each) {
    if (::fcntl(each, F_GETFD) < 0)
      static_cast<void>(::open("/dev/null", O_RDWR));  // takes the lowest that is free
  }
}

void hold_end_signals() {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A shell that starts us in the background has SIGINT ignored.
  signal(SIGINT, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  // A bound on the size of files is then told by write(2), as a full disk is.
  signal(SIGXFSZ, SIG_IGN);
}

void print_line(std::string_view line, int descriptor) {
  // A pipe with room takes PIPE_BUF bytes at once.
  const std::string whole = std::string(line.substr(0, PIPE_BUF - 1)) + '\n';
  pollfd room{descriptor, POLLOUT, 0};
  if (::poll(&room, 1, 0) != 1) return;
  while (::write(descriptor, whole.data(), whole.size()) < 0 && errno == EINTR) {
  }
}

bool end_was_asked_for(std::chrono::milliseconds timeout) {
  const sigset_t signals = end_signals();
  timespec limit{};
  limit.tv_sec = timeout.count() / 1'000;
  limit.tv_nsec = (timeout.count() % 1'000) * 1'000'000;
  if (sigtimedwait(&signals, nullptr, &limit) < 0) return false;
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return true;
}

result<void> check_listening(const std::string& address, std::uint16_t port) {
  const std::string where = address + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
      failed != 0)
    return make_error(errc::invalid_argument, where + ": " + ::gai_strerror(failed));
  const int descriptor = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  const int on = 1;
  const bool able = descriptor >= 0 &&
                    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                    ::bind(descriptor, found->ai_addr, found->ai_addrlen) == 0;
  const int why = errno;
  if (descriptor >= 0) ::close(descriptor);
  ::freeaddrinfo(found);
  if (able) return {};
  return make_error(errc::unavailable, where + ": " + std::generic_category().message(why));
}

std::uint64_t raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace flash_sale
