#pragma once

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace seckill::inline v1::http {

/// What a connection is given time for.
enum class patience : std::uint8_t {
  none,   ///< it waits for us
  idle,   ///< for a request to begin
  head,   ///< for a request's head
  body,   ///< for its body
  write,  ///< to take what was sent
  close,  ///< to see that we closed
};
inline constexpr std::size_t patience_count = 6;

/// Something that can run out of time. Leaves its list when it is destroyed.
class has_deadline
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  [[nodiscard]] patience waiting_for() const noexcept { return kind_; }

 private:
  friend class deadlines;
  std::chrono::steady_clock::time_point at_;
  patience kind_ = patience::none;
};

/// The deadlines of many, each of a few kinds with one timeout: a list per kind is sorted by itself, so
/// setting and clearing cost a few pointers. Threads: one.
class deadlines {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using timeouts = std::array<std::chrono::milliseconds, patience_count>;
  explicit deadlines(const timeouts& after) : after_(after) {}

  /// Starts the time for `kind` now, whatever was before.
  void set(has_deadline& whose, patience kind, time_point now) noexcept;
  /// One whose time is over at `now`, or null. It stays until it is set anew or destroyed.
  [[nodiscard]] has_deadline* first_expired(time_point now) noexcept;

 private:
  using list = boost::intrusive::list<has_deadline, boost::intrusive::constant_time_size<false>>;
  timeouts after_;
  std::array<list, patience_count> waiting_;
};

}  // namespace seckill::inline v1::http
