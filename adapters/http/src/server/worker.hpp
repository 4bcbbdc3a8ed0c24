#pragma once

#include "../api/json_tape.hpp"
#include "../api/response.hpp"
#include "asio_types.hpp"
#include "connection.hpp"
#include "deadlines.hpp"
#include "event_hub.hpp"
#include "exchange.hpp"
#include "mailbox.hpp"
#include "readiness_set.hpp"
#include "request_metrics.hpp"
#include "request_reader.hpp"
#include "stream_socket.hpp"
#include <seckill/engine.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace seckill::inline v1::http {

struct server_context;

/// One event loop with its thread and the connections that live on it.
///
/// Commands of all requests that were read in one turn of the loop go to the engine in one submit(); answers
/// come back through the mailbox in bursts, and each touched connection writes once. In steady state nothing
/// is allocated: exchanges and readers are pooled, strings are lent and kept.
///
/// Threads: what is under "any thread", and the metrics; all else is for the loop's own.
class worker {
 public:
  explicit worker(server_context& shared);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  /// REQUIRES: join() was called.
  ~worker();

  // Any thread.
  void run();
  void drain();
  void cut();
  /// Ends the loop. REQUIRES: no connection is left, and none will come.
  void join();
  [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }
  void deliver_to_owner(exchange& filled) noexcept { mail_.put(filled); }

  /// Takes a connection over.
  void adopt(stream_socket socket, entry as);
  /// Destroys it.
  void forget(connection& gone);

  [[nodiscard]] exchange& new_exchange();
  void drop_exchange(exchange& done);
  [[nodiscard]] std::unique_ptr<request_reader> borrow_reader();
  void return_reader(std::unique_ptr<request_reader> reader);

  /// Gives a command to the engine at the end of this turn; the answer fills the exchange.
  void submit(command what, exchange& asking);

  [[nodiscard]] event_hub& streams() noexcept { return streams_; }
  [[nodiscard]] readiness_set& readiness() noexcept { return readiness_; }

  void look_at_clock() noexcept { now_ = std::chrono::steady_clock::now(); }
  [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept { return now_; }
  /// The same, as policies count it.
  [[nodiscard]] time_ns now_ns() const noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now_.time_since_epoch()).count();
  }
  [[nodiscard]] std::string_view date() const noexcept { return {date_.data(), date_.size()}; }
  /// Counts a response, and logs what is to be logged.
  void note(route which, int status, std::chrono::nanoseconds took);

  /// Any thread: orders that changed, for the event streams.
  void offer(std::span<const order> changed) { streams_.offer(changed); }

  server_context& server;
  deadlines time_limits;
  request_metrics metrics;

  // Lent to whoever runs; left empty.
  std::string out;  ///< the bytes that the running connection will send
  std::string body;
  text_response scratch;
  json_tape tape;

 private:
  using registry = boost::intrusive::list<connection, boost::intrusive::base_hook<in_registry>,
                                          boost::intrusive::constant_time_size<false>>;
  template <typename Step>
  void for_each_connection(const Step& step);

  static void on_answer(void* context, const answer& reply) noexcept;
  static void wake(void* context) noexcept;
  void submit_gathered();
  void read_mail();
  void tick();
  void schedule_tick();
  void make_room_in_reserve();
  void watch_reserve();

  boost::asio::io_context loop_;
  readiness_set readiness_;
  event_hub streams_;
  boost::asio::executor_work_guard<executor_type> busy_;
  timer_type ticker_;
  timer_type reserve_timer_;
  std::chrono::milliseconds tick_every_;
  mailbox mail_;
  alignas(std::max_align_t) std::array<std::byte, 256> wake_memory_;

  using reserve_list = boost::intrusive::list<connection, boost::intrusive::base_hook<in_reserve>,
                                              boost::intrusive::constant_time_size<false>>;

  registry connections_;
  reserve_list reserve_;  ///< of them, those on the reserve, the oldest first
  std::vector<submission> gathered_;
  std::vector<connection*> touched_;
  std::vector<std::unique_ptr<exchange>> exchanges_;
  exchange* unused_exchanges_ = nullptr;
  std::vector<std::unique_ptr<request_reader>> readers_;

  std::chrono::steady_clock::time_point now_;
  std::int64_t date_s_ = -1;
  http_date date_{};
  std::thread thread_;
};

}  // namespace seckill::inline v1::http
