#include "acceptor.hpp"
#include "server_context.hpp"
#include "worker.hpp"
#include <seckill/http/http_server.hpp>

#include <boost/asio/post.hpp>

#include <chrono>
#include <future>
#include <limits>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

/// A parameter and its bounds.
struct bounded {
  const char* name;
  std::uint64_t value;
  std::uint64_t low;
  std::uint64_t high;
};

result<void> check(const http_server_params& params, const http_services& services) {
  constexpr std::uint64_t day_ms = 86'400'000;
  constexpr std::uint64_t gibi = std::uint64_t{1} << 30U;
  const bounded all[] = {
      {"io_threads", params.io_threads, 1, 64},
      {"backlog", params.backlog, 1, 65'535},
      {"connections_max", params.connections_max, 1, 1'000'000},
      {"connections_reserved", params.connections_reserved, 1, 10'000},
      {"admin_connections_max", params.admin_connections_max, 1, 100'000},
      {"requests_per_connection_max", params.requests_per_connection_max, 1, UINT32_MAX},
      {"pipeline_max", params.pipeline_max, 1, 1'024},
      {"head_size_max", params.head_size_max, 256, 1'048'576},
      {"fields_max", params.fields_max, 1, 1'000},
      {"body_size_max", params.body_size_max, 256, 16'777'216},
      {"idle_timeout_ms", params.idle_timeout_ms, 1, day_ms},
      {"head_timeout_ms", params.head_timeout_ms, 1, day_ms},
      {"body_timeout_ms", params.body_timeout_ms, 1, day_ms},
      {"write_timeout_ms", params.write_timeout_ms, 1, day_ms},
      {"unsent_max", params.unsent_max, 65'536, std::numeric_limits<std::uint64_t>::max() / 2},
      {"drain_timeout_ms", params.drain_timeout_ms, 0, day_ms},
      {"lookups_max", params.lookups_max, 1, 1'000'000},
      {"page_size_max", params.page_size_max, 1, 1'000},
      {"page_size", params.page_size, 1, params.page_size_max},
      {"items_per_sale_max", params.items_per_sale_max, 1, 65'535},
      {"streams_max", params.streams_max, 0, 1'000'000},
      {"streams_per_client_max", params.streams_per_client_max, 1, 1'000'000},
      {"stream_buffer_max", params.stream_buffer_max, 4'096, gibi},
      {"stream_interval_ms", params.stream_interval_ms, 1, 60'000},
      {"stream_heartbeat_ms", params.stream_heartbeat_ms, 100, day_ms},
      {"order_changes_max", params.order_changes_max, 1, 10'000'000},
      {"stock_series_max", params.stock_series_max, 0, 10'000'000},
      {"admission.client_rate", params.admission.client_rate, 0, 1'000'000},
      {"admission.client_burst", params.admission.client_burst, 0, 1'000'000},
      {"admission.clients_max", params.admission.clients_max, 1, 100'000'000},
      {"admission.buyer_rate", params.admission.buyer_rate, 0, 1'000'000},
      {"admission.buyer_burst", params.admission.buyer_burst, 0, 1'000'000},
      {"admission.buyers_max", params.admission.buyers_max, 1, 100'000'000},
      {"admission.in_flight_max", params.admission.in_flight_max, 1, 1'000'000},
      {"admission.in_flight_min", params.admission.in_flight_min, 1, params.admission.in_flight_max},
      {"admission.latency_max_ms", params.admission.latency_max_ms, 1, 60'000},
      {"admission.order_breaker_wait_ms", params.admission.order_breaker_wait_ms, 1, 3'600'000},
      {"admission.order_read_max_ms", params.admission.order_read_max_ms, 1, 60'000},
  };
  for (const bounded& each : all) {
    if (each.value >= each.low && each.value <= each.high) continue;
    return make_error(errc::invalid_argument, std::string("http_server_params::") + each.name + " is " +
                                                  std::to_string(each.value) + "; it must be from " +
                                                  std::to_string(each.low) + " to " +
                                                  std::to_string(each.high));
  }
  if (services.sales == nullptr)
    return make_error(errc::invalid_argument, "http_services::sales must not be null");
  return {};
}

}  // namespace

class SECKILL_HIDDEN http_server::state {
 public:
  state(const http_server_params& params, const http_services& services, http::trusted_proxies trusted)
      : context_(params, services, std::move(trusted)) {
    for (std::uint32_t i = 0; i < params.io_threads; ++i) {
      context_.workers.push_back(std::make_unique<http::worker>(context_));
    }
    acceptor_.emplace(context_, first().loop(), false);
    if (params.admin_port) admin_acceptor_.emplace(context_, first().loop(), true);
  }

  result<void> start() {
    const http_server_params& params = context_.params;
    auto listening = acceptor_->listen(params.address, params.port, static_cast<int>(params.backlog));
    if (listening && admin_acceptor_)
      listening =
          admin_acceptor_->listen(params.admin_address, *params.admin_port, static_cast<int>(params.backlog));
    if (!listening) return listening;
    for (const auto& each : context_.workers) each->run();
    boost::asio::post(first().loop(), [this] {
      acceptor_->start();
      if (admin_acceptor_) admin_acceptor_->start();
    });
    log("event=started address=" + params.address + " port=" + std::to_string(acceptor_->port()) +
        (admin_acceptor_ ? " admin_address=" + params.admin_address +
                               " admin_port=" + std::to_string(admin_acceptor_->port())
                         : std::string()) +
        " io_threads=" + std::to_string(params.io_threads) +
        " operator=" + (params.operator_token.empty() ? "closed" : "token"));
    context_.log.write(
        log_level::warning,
        "event=buyers_trusted note=\"buyers are not authenticated yet: the buyer field is believed\"");
    running_ = true;
    return {};
  }

  void drain() {
    const std::lock_guard lock(draining_);
    if (!std::exchange(running_, false)) return;
    log("event=draining connections=" + std::to_string(context_.connections.load()));
    context_.draining = true;
    stop_accepting();
    for (const auto& each : context_.workers) each->drain();
    const bool clean = wait_until_empty(std::chrono::milliseconds(context_.params.drain_timeout_ms));
    const std::uint32_t left = context_.connections.load();
    while (context_.connections.load() > 0) {
      for (const auto& each : context_.workers) each->cut();
      wait_until_empty(std::chrono::milliseconds(100));
    }
    for (const auto& each : context_.workers) each->join();
    log("event=stopped clean=" + std::string(clean ? "true" : "false") + " cut=" + std::to_string(left));
  }

  void publish_orders(std::span<const order> changed) {
    for (const auto& each : context_.workers) each->offer(changed);
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return acceptor_->port(); }
  [[nodiscard]] std::uint16_t admin_port() const noexcept {
    return admin_acceptor_ ? admin_acceptor_->port() : 0;
  }

 private:
  http::worker& first() { return *context_.workers.front(); }
  void log(const std::string& line) { context_.log.write(log_level::info, line); }

  void stop_accepting() {
    std::promise<void> closed;
    boost::asio::post(first().loop(), [&] {
      acceptor_->close();
      if (admin_acceptor_) admin_acceptor_->close();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  bool wait_until_empty(std::chrono::milliseconds at_most) {
    std::unique_lock lock(context_.emptying);
    return context_.emptied.wait_for(lock, at_most, [this] { return context_.connections.load() == 0; });
  }

  http::server_context context_;
  std::optional<http::acceptor> acceptor_;
  std::optional<http::acceptor> admin_acceptor_;
  std::mutex draining_;
  bool running_ = false;
};

result<std::unique_ptr<http_server>> http_server::start(const http_server_params& params,
                                                        const http_services& services) {
  if (auto fit = check(params, services); !fit) return fit.error();
  auto trusted = http::trusted_proxies::parse(params.admission.trusted_proxies);
  if (!trusted) return trusted.error();
  auto started = std::make_unique<state>(params, services, *std::move(trusted));
  if (auto running = started->start(); !running) return running.error();
  return std::unique_ptr<http_server>(new http_server(std::move(started)));
}

http_server::http_server(std::unique_ptr<state> started) : state_(std::move(started)) {}
http_server::~http_server() { state_->drain(); }
std::uint16_t http_server::port() const noexcept { return state_->port(); }
std::uint16_t http_server::admin_port() const noexcept { return state_->admin_port(); }
void http_server::drain() { state_->drain(); }

void http_server::publish_orders(std::span<const order> changed) { state_->publish_orders(changed); }

}  // namespace seckill::inline v1
