#include "event_hub.hpp"

#include "../api/event_text.hpp"
#include "connection.hpp"
#include "server_context.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>

namespace seckill::inline v1::http {

event_hub::event_hub(server_context& server, boost::asio::io_context& loop)
    : server_(server), loop_(loop), ticker_(loop.get_executor()), watch_(*server.services.sales) {}

void event_hub::add(connection& stream) {
  streams_.push_back(&stream);
  server_.streams.fetch_add(1, std::memory_order_relaxed);
  if (const auto buyer = to_integer(stream.stream()->buyer); buyer != 0) {
    const std::lock_guard lock(mutex_);
    ++watched_buyers_[buyer];
  }
  if (ticking_) return;
  ticking_ = true;
  next_heartbeat_ =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(server_.params.stream_heartbeat_ms);
  schedule_tick();
}

void event_hub::remove(connection& stream) {
  std::erase(streams_, &stream);
  server_.streams.fetch_sub(1, std::memory_order_relaxed);
  const auto buyer = to_integer(stream.stream()->buyer);
  const std::lock_guard lock(mutex_);
  const auto watched = watched_buyers_.find(buyer);
  if (watched != watched_buyers_.end() && --watched->second == 0) watched_buyers_.erase(watched);
}

void event_hub::stop() { ticker_.cancel(); }

void event_hub::append_state(std::string& out, sale_id only) const {
  watch_.append_state(out, server_.services.sales->now_ms(), only);
}

void event_hub::offer(std::span<const order> changed) {
  const std::lock_guard lock(mutex_);
  if (watched_buyers_.empty()) return;
  for (const order& each : changed) {
    if (!watched_buyers_.contains(to_integer(each.buyer))) continue;
    if (changed_.size() >= server_.params.order_changes_max) {
      overflowed_ = true;
      break;
    }
    changed_.push_back(each);
  }
  if (changed_.empty() || scheduled_) return;
  scheduled_ = true;
  boost::asio::post(loop_, [this] { push_orders(); });
}

void event_hub::push_orders() {
  std::vector<order> changed;
  bool lost = false;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
    lost = std::exchange(overflowed_, false);
    scheduled_ = false;
  }
  for (const order& each : changed) push_order(each);
  if (!lost) return;
  server_.log.write(frequent::stream_dropped, log_level::warning,
                    "event=stream_dropped reason=order_changes_max");
  for_each([](connection& each) {
    if (each.stream()->buyer != buyer_id{}) each.cut();
  });
}

/// A step may end the stream that it is taken on, which takes it out of the list: those behind it were visited before.
template <typename Step>
void event_hub::for_each(const Step& step) {
  for (std::size_t i = streams_.size(); i-- > 0;) step(*streams_[i]);
}

void event_hub::push_order(const order& changed) {
  std::string event;
  for_each([&](connection& each) {
    if (each.stream()->buyer != changed.buyer) return;
    if (event.empty()) append_order_event(event, changed, watch_.epoch());
    each.push_order(event);
  });
}

void event_hub::push_stock(sale_id sale, std::string_view event) {
  for_each([&](connection& each) {
    const sale_id wanted = each.stream()->sale;
    if (wanted == sale_id{} || wanted == sale) each.push(event);
  });
}

void event_hub::tick() {
  if (streams_.empty()) {
    ticking_ = false;
    return;
  }
  watch_.look(server_.services.sales->now_ms(),
              [this](sale_id sale, std::string_view event) { push_stock(sale, event); });
  const auto now = std::chrono::steady_clock::now();
  if (now >= next_heartbeat_) {
    next_heartbeat_ = now + std::chrono::milliseconds(server_.params.stream_heartbeat_ms);
    for_each([](connection& each) { each.push(heartbeat_text); });
  }
  schedule_tick();
}

void event_hub::schedule_tick() {
  ticker_.expires_after(std::chrono::milliseconds(server_.params.stream_interval_ms));
  ticker_.async_wait([this](error_code stopped) {
    if (!stopped) tick();
  });
}

}  // namespace seckill::inline v1::http
