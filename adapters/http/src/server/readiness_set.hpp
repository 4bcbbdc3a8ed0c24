#pragma once

#include "asio_types.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include <functional>

namespace seckill::inline v1::http {

using in_turn = boost::intrusive::list_base_hook<boost::intrusive::tag<class readiness_set>,
                                                 boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// Something with a descriptor that a readiness_set watches. Its descriptor is closed before it is destroyed.
class watched : public in_turn {
 public:
  virtual void on_ready() = 0;

 protected:
  ~watched() = default;

  // Raised by the set, lowered by whoever finds that it is not so. Nobody says it again before that.
  bool readable_ = false;
  bool writable_ = false;
  bool hung_up_ = false;  ///< no more will come behind what is readable

 private:
  friend class readiness_set;
};

/// Steps the connections of a loop when they are ready.
///
/// A descriptor is registered once for its life and tells changes only (edge-triggered, epoll(7)); a wait of Asio
/// registers anew for each, which is one more system call per request. All that became ready is stepped in one turn,
/// and one wait of Asio, on the set itself, stands for them all.
///
/// Threads: the loop's.
class readiness_set {
 public:
  /// `after_turn` is called after the steps of each turn. Throws boost::system::system_error if the system has no
  /// descriptor left.
  readiness_set(boost::asio::io_context& loop, std::function<void()> after_turn);
  readiness_set(const readiness_set&) = delete;
  readiness_set& operator=(const readiness_set&) = delete;

  /// Closing the descriptor takes it out again.
  [[nodiscard]] bool add(int descriptor, watched& whose) noexcept;
  /// Steps it in the next turn, though nothing may have changed: others go first.
  void step_again(watched& whose);

  void start() { wait(); }
  /// No turn will come after it.
  void stop();

 private:
  using list = boost::intrusive::list<watched, boost::intrusive::base_hook<in_turn>,
                                      boost::intrusive::constant_time_size<false>>;

  void wait();
  void turn();
  void collect();

  boost::asio::io_context& loop_;
  boost::asio::posix::basic_stream_descriptor<executor_type> set_;
  std::function<void()> after_turn_;
  list ready_;
  bool in_turn_ = false;
  bool turn_posted_ = false;
  bool waiting_ = false;
};

}  // namespace seckill::inline v1::http
