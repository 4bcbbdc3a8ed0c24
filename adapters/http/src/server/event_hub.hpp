#pragma once

#include "asio_types.hpp"
#include "stock_watch.hpp"
#include "stream_shares.hpp"
#include <seckill/order.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seckill::inline v1::http {

class connection;
struct server_context;

/// What an event stream was asked for, and what waits for its turn.
struct stream_state {
  sale_id sale{};             ///< zero: all
  buyer_id buyer{};           ///< zero: no orders
  bool orders_asked = false;  ///< the buyer's orders of before are being read: later ones wait in `later`
  std::string later;
  stream_shares::seat seat;
};

/// The event streams of one loop: gathers what changes and pushes it. A stream that lags too far is cut, and so are all
/// with orders if too many changes of orders wait: their clients connect again and are told the whole state.
/// Threads: offer() from any; all else is for the loop's own.
class event_hub {
 public:
  event_hub(server_context& server, boost::asio::io_context& loop);

  void add(connection& stream);
  void remove(connection& stream);
  /// No more ticks.
  void stop();
  /// Appends the state that a new stream begins with.
  void append_state(std::string& out, sale_id only) const;

  /// Orders that changed, for the streams of their buyers.
  void offer(std::span<const order> changed);

 private:
  void tick();
  void schedule_tick();
  void push_orders();
  void push_order(const order& changed);
  template <typename Step>
  void for_each(const Step& step);
  void push_stock(sale_id sale, std::string_view event);

  server_context& server_;
  boost::asio::io_context& loop_;
  timer_type ticker_;
  bool ticking_ = false;
  stock_watch watch_;
  std::vector<connection*> streams_;
  std::chrono::steady_clock::time_point next_heartbeat_;

  std::mutex mutex_;                                                 ///< over what follows
  std::unordered_map<std::uint64_t, std::uint32_t> watched_buyers_;  ///< how many streams of each
  std::vector<order> changed_;
  bool overflowed_ = false;
  bool scheduled_ = false;
};

}  // namespace seckill::inline v1::http
