#include "readiness_set.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace seckill::inline v1::http {
namespace {

/// Descriptors whose news is fetched at once. As many as are stepped before commands go to the engine.
constexpr std::size_t events_max = 256;

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw boost::system::system_error({errno, boost::system::system_category()}, "epoll_create1");
  return set;
}

}  // namespace

readiness_set::readiness_set(boost::asio::io_context& loop, std::function<void()> after_turn)
    : loop_(loop), set_(loop.get_executor(), make_set()), after_turn_(std::move(after_turn)) {}

bool readiness_set::add(int descriptor, watched& whose) noexcept {
  ::epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.ptr = &whose;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &wanted) == 0;
}

void readiness_set::step_again(watched& whose) {
  if (!whose.is_linked()) ready_.push_back(whose);
  if (in_turn_ || turn_posted_) return;
  turn_posted_ = true;
  boost::asio::post(loop_, [this] {
    turn_posted_ = false;
    turn();
  });
}

void readiness_set::stop() {
  error_code ignored;  // the descriptor is gone in any case
  set_.close(ignored);
}

void readiness_set::wait() {
  if (waiting_) return;
  waiting_ = true;
  set_.async_wait(decltype(set_)::wait_read, [this](error_code stopped) {
    waiting_ = false;
    if (!stopped) turn();
  });
}

/// A step may ask for another one: that belongs to the next turn.
void readiness_set::turn() {
  in_turn_ = true;
  collect();
  list now;
  now.swap(ready_);
  while (!now.empty()) {
    watched& next = now.front();
    now.pop_front();
    next.on_ready();
  }
  after_turn_();
  in_turn_ = false;
  if (!ready_.empty()) step_again(ready_.front());
  if (set_.is_open()) wait();
}

void readiness_set::collect() {
  std::array<::epoll_event, events_max> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const auto news = events[static_cast<std::size_t>(i)];
    auto& whose = *static_cast<watched*>(news.data.ptr);
    const bool broken = (news.events & (EPOLLERR | EPOLLHUP)) != 0;
    whose.readable_ |= broken || (news.events & (EPOLLIN | EPOLLRDHUP)) != 0;
    whose.writable_ |= broken || (news.events & EPOLLOUT) != 0;
    whose.hung_up_ |= broken || (news.events & EPOLLRDHUP) != 0;
    if (!whose.is_linked()) ready_.push_back(whose);
  }
}

}  // namespace seckill::inline v1::http
