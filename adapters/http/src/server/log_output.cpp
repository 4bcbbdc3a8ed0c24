#include "log_output.hpp"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace seckill::inline v1::http {

log_output::log_output(int descriptor) : inherited_(descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return;  // closed: writes fail
  is_socket_ = S_ISSOCK(about.st_mode);
  if (!S_ISFIFO(about.st_mode) && !S_ISCHR(about.st_mode)) return;
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  own_ = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  may_block_ = own_ < 0;
}

log_output::~log_output() {
  if (own_ >= 0) ::close(own_);
}

bool log_output::write(std::string_view line) {
  std::string joined;
  if (!unfinished_.empty()) {
    joined = unfinished_;
    line = joined.append(line);
  }
  std::size_t done = 0;
  for (bool waited = false; done < line.size();) {
    const long written = write_some(line.substr(done));
    if (written > 0) {
      done += static_cast<std::size_t>(written);
      waited = false;
    } else if (written == 0 && !stalled_ && !std::exchange(waited, true)) {
      wait_for_room();
    } else {
      stalled_ = true;
      if (done > 0) unfinished_ = "\n";
      return false;
    }
  }
  stalled_ = false;
  unfinished_.clear();
  return true;
}

long log_output::write_some(std::string_view bytes) const {
  if (may_block_) {
    // A pipe that reports room takes PIPE_BUF bytes without blocking.
    pollfd room{inherited_, POLLOUT, 0};
    if (::poll(&room, 1, 0) != 1) return 0;
    bytes = bytes.substr(0, PIPE_BUF);
  }
  const int to = own_ >= 0 ? own_ : inherited_;
  for (;;) {
    const ssize_t written = is_socket_ ? ::send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                       : ::write(to, bytes.data(), bytes.size());
    if (written > 0) return written;
    if (written < 0 && errno == EINTR) continue;
    return written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
  }
}

void log_output::wait_for_room() const {
  pollfd room{own_ >= 0 ? own_ : inherited_, POLLOUT, 0};
  ::poll(&room, 1, patience_ms);
}

}  // namespace seckill::inline v1::http
