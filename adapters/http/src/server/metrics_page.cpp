#include "metrics_page.hpp"

#include "health.hpp"
#include "request_metrics.hpp"
#include "server_context.hpp"
#include "worker.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill::inline v1::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

/// Statuses that operators alert on: their series exist from the start, or increase() would miss the first burst.
bool is_watched(int status) noexcept {
  return status == 408 || status == 429 || status == 500 || status == 503;
}

MetricFamily family(const char* name, const char* help, MetricType type) { return {name, help, type, {}}; }

void add(MetricFamily& to, labels with, std::uint64_t value) {
  ClientMetric sample;
  sample.label = std::move(with);
  const auto number = static_cast<double>(value);
  to.type == MetricType::Counter ? void(sample.counter.value = number) : void(sample.gauge.value = number);
  to.metric.push_back(std::move(sample));
}

MetricFamily single(const char* name, const char* help, MetricType type, std::uint64_t value) {
  MetricFamily made = family(name, help, type);
  add(made, {}, value);
  return made;
}

/// Everything that this server can tell, read when it is asked for.
class server_metrics final : public prometheus::Collectable {
 public:
  explicit server_metrics(server_context& server) : server_(server) {}

  [[nodiscard]] std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> all;
    const engine_stats stats = server_.services.sales->stats();
    collect_engine(all, stats);
    collect_time(all, stats.time);
    collect_shards(all, stats);
    collect_stock(all);
    if (server_.services.orders != nullptr) collect_orders(all, stats);
    collect_health(all, stats);
    collect_requests(all);
    collect_connections(all);
    collect_guards(all);
    all.push_back(single("seckill_log_lines_dropped_total", "Lines that standard error did not take",
                         MetricType::Counter, log_lines_dropped()));
    return all;
  }

 private:
  static void collect_engine(std::vector<MetricFamily>& into, const engine_stats& stats) {
    MetricFamily answers = family("seckill_answers_total", "Answers to commands by outcome, replays included",
                                  MetricType::Counter);
    for (const outcome code : all_outcomes()) {
      add(answers, {{"outcome", std::string(to_string(code))}},
          stats.answers[static_cast<std::size_t>(code)]);
    }
    into.push_back(std::move(answers));
    into.push_back(single("seckill_replays_total", "Answers that repeated an earlier one",
                          MetricType::Counter, stats.replays));
    into.push_back(single("seckill_board_refusals_total", "Answers given by the availability board alone",
                          MetricType::Counter, stats.board_refusals));
    MetricFamily state =
        family("seckill_engine_state", "1 for the state that the engine is in", MetricType::Gauge);
    for (const auto& [name, value] : {std::pair{"serving", engine_state::serving},
                                      {"failed", engine_state::failed},
                                      {"stopped", engine_state::stopped}}) {
      add(state, {{"state", name}}, stats.state == value ? 1 : 0);
    }
    into.push_back(std::move(state));
    std::uint64_t syncs = 0;
    for (const shard_stats& each : stats.shards) syncs += each.syncs;
    into.push_back(
        single("seckill_journal_syncs_total", "Times a journal was synced", MetricType::Counter, syncs));
  }

  static void collect_time(std::vector<MetricFamily>& into, const time_status& now) {
    MetricFamily state = family(
        "seckill_ledger_time_state",
        "1 for how ledger time stands to the wall clock; all but following are alarms", MetricType::Gauge);
    for (const auto each :
         {time_state::following, time_state::wall_ahead, time_state::wall_behind, time_state::slowing}) {
      add(state, {{"state", to_string(each)}}, now.state == each ? 1 : 0);
    }
    into.push_back(std::move(state));
    MetricFamily difference = family("seckill_ledger_time_difference_seconds",
                                     "The wall clock less ledger time", MetricType::Gauge);
    difference.metric.emplace_back().gauge.value = static_cast<double>(now.difference_ms()) / 1'000;
    into.push_back(std::move(difference));
    into.push_back(single("seckill_ledger_time_alarms_total", "Times that ledger time stopped following",
                          MetricType::Counter, now.alarms));
  }

  static void collect_shards(std::vector<MetricFamily>& into, const engine_stats& stats) {
    const auto per_shard = [&](const char* name, const char* help, auto value_of) {
      MetricFamily made = family(name, help, MetricType::Gauge);
      for (std::size_t i = 0; i < stats.shards.size(); ++i) {
        add(made, {{"shard", std::to_string(i)}}, value_of(stats.shards[i]));
      }
      into.push_back(std::move(made));
    };
    per_shard("seckill_ring_depth", "Submissions waiting for the shard",
              [](const shard_stats& of) { return of.queued; });
    per_shard("seckill_batches_in_flight", "Frames decided but not yet durable",
              [](const shard_stats& of) { return of.batches_in_flight; });
    per_shard("seckill_journal_last_sequence", "Sequence of the last event decided",
              [](const shard_stats& of) { return of.last_sequence; });
    per_shard("seckill_journal_durable_sequence", "Sequence of the last durable event",
              [](const shard_stats& of) { return of.durable_sequence; });
    per_shard("seckill_live_reservations", "Reservations held now",
              [](const shard_stats& of) { return of.live; });
  }

  void collect_stock(std::vector<MetricFamily>& into) const {
    MetricFamily units = family("seckill_stock_units", "Units of an item by state", MetricType::Gauge);
    const engine& sales = *server_.services.sales;
    for (const sale_id id : sales.sales()) {
      const auto sale = sales.find_sale(id);
      if (!sale) continue;
      for (std::size_t i = 0; i < sale->items.size(); ++i) {
        if (units.metric.size() + 4 > server_.params.stock_series_max) break;
        add_stock(units, *sale, i);
      }
    }
    into.push_back(std::move(units));
  }

  static void add_stock(MetricFamily& to, const board_sale& sale, std::size_t index) {
    const item_stock& stock = sale.items[index];
    const std::string id = std::to_string(to_integer(sale.sale));
    const std::string sku = std::to_string(to_integer(sale.definition->items[index].sku));
    for (const auto& [state, value] : {std::pair{"available", stock.available},
                                       {"held", stock.held},
                                       {"sold", stock.sold},
                                       {"total", stock.total}}) {
      add(to, {{"sale", id}, {"sku", sku}, {"state", state}}, value);
    }
  }

  void collect_orders(std::vector<MetricFamily>& into, const engine_stats& stats) const {
    const order_figures::view seen = server_.orders_seen.look();
    MetricFamily by_status = family("seckill_orders", "Orders by status", MetricType::Gauge);
    for (std::size_t i = 1; i < seen.counts.size(); ++i) {
      add(by_status, {{"status", std::string(to_string(static_cast<order_status>(i)))}}, seen.counts[i]);
    }
    into.push_back(std::move(by_status));
    MetricFamily lag = family("seckill_orders_lag_events", "Durable events not yet worked into the orders",
                              MetricType::Gauge);
    for (std::size_t i = 0; i < stats.shards.size(); ++i) {
      const std::uint64_t durable = stats.shards[i].durable_sequence;
      const std::uint64_t position = i < seen.positions.size() ? seen.positions[i] : 0;
      add(lag, {{"shard", std::to_string(i)}}, durable > position ? durable - position : 0);
    }
    into.push_back(std::move(lag));
    const auto age = std::chrono::steady_clock::now() - seen.read_at;
    into.push_back(
        single("seckill_orders_age_seconds",
               "Age of what the metrics tell of the orders: it grows while their storage does not answer",
               MetricType::Gauge,
               static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(age).count())));
  }

  void collect_health(std::vector<MetricFamily>& into, const engine_stats& stats) const {
    MetricFamily levels =
        family("seckill_health", "1 for the level of each part of the service", MetricType::Gauge);
    for (const part_health& each : look_at_health(server_, stats)) {
      for (const auto level : {health_level::well, health_level::warning, health_level::failing}) {
        add(levels, {{"part", each.part}, {"level", std::string(to_string(level))}},
            each.level == level ? 1 : 0);
      }
    }
    into.push_back(std::move(levels));
  }

  void collect_requests(std::vector<MetricFamily>& into) const {
    request_metrics::totals sum;
    for (const auto& each : server_.workers) each->metrics.add_to(sum);
    MetricFamily requests =
        family("seckill_http_requests_total", "Responses by route and status", MetricType::Counter);
    MetricFamily durations = family("seckill_http_request_duration_seconds",
                                    "From the request's last byte to its response", MetricType::Histogram);
    for (std::size_t i = 0; i < route_count; ++i) {
      const std::string name(to_string(static_cast<route>(i)));
      const auto& of = sum.routes[i];
      for (std::size_t s = 0; s < counted_statuses.size(); ++s) {
        if (of.by_status[s] == 0 && !is_watched(counted_statuses[s])) continue;
        add(requests, {{"route", name}, {"status", std::to_string(counted_statuses[s])}}, of.by_status[s]);
      }
      add_durations(durations, name, of);
    }
    into.push_back(std::move(requests));
    into.push_back(std::move(durations));
  }

  static void add_durations(MetricFamily& to, const std::string& name,
                            const request_metrics::totals::per_route& of) {
    ClientMetric sample;
    std::uint64_t count = 0;
    for (std::size_t b = 0; b < of.by_duration.size(); ++b) {
      count += of.by_duration[b];
      const double bound = b < duration_bounds_us.size() ? duration_bounds_us[b] / 1e6
                                                         : std::numeric_limits<double>::infinity();
      sample.histogram.bucket.push_back({count, bound});
    }
    if (count == 0) return;
    sample.label = {{"route", name}};
    sample.histogram.sample_count = count;
    sample.histogram.sample_sum = static_cast<double>(of.duration_ns) / 1e9;
    to.metric.push_back(std::move(sample));
  }

  void collect_connections(std::vector<MetricFamily>& into) const {
    into.push_back(single("seckill_http_connections", "Connections open now", MetricType::Gauge,
                          server_.connections.load()));
    into.push_back(single("seckill_http_connections_max", "Connections beyond which the crowd is told 503",
                          MetricType::Gauge, server_.params.connections_max));
    into.push_back(single("seckill_http_refused_connections_total", "Connections beyond the bound",
                          MetricType::Counter, server_.refused_connections.load()));
    into.push_back(single("seckill_http_unsent_bytes", "Answers that clients have not taken yet",
                          MetricType::Gauge, server_.unsent.load()));
    into.push_back(single("seckill_http_sse_clients", "Event streams open now", MetricType::Gauge,
                          server_.streams.load()));
  }

  void collect_guards(std::vector<MetricFamily>& into) const {
    const admission::view seen = server_.guards.look(monotonic_now_ns());
    MetricFamily refusals =
        family("seckill_guard_refusals_total", "Requests that a policy did not let in", MetricType::Counter);
    for (std::size_t i = 0; i < guard_count; ++i) {
      add(refusals, {{"guard", std::string(to_string(static_cast<guard>(i)))}}, seen.refusals[i]);
    }
    into.push_back(std::move(refusals));
    MetricFamily busy =
        family("seckill_guard_busy_keys", "Addresses and buyers that are being limited", MetricType::Gauge);
    MetricFamily forgotten =
        family("seckill_guard_forgotten_keys_total",
               "Keys forgotten for want of room while they were limited", MetricType::Counter);
    for (const auto& [which, of] :
         {std::pair{guard::client_rate, seen.clients}, {guard::buyer_rate, seen.buyers}}) {
      add(busy, {{"guard", std::string(to_string(which))}}, of.busy_keys);
      add(forgotten, {{"guard", std::string(to_string(which))}}, of.forgotten);
    }
    into.push_back(std::move(busy));
    into.push_back(std::move(forgotten));
    into.push_back(single("seckill_reserves_in_flight", "Reserves that are with the engine",
                          MetricType::Gauge, seen.in_flight));
    into.push_back(single("seckill_reserves_in_flight_limit", "How many may be, as found out now",
                          MetricType::Gauge, seen.in_flight_limit));
    MetricFamily state = family("seckill_order_reads_state", "1 for the state of the breaker of order reads",
                                MetricType::Gauge);
    for (const auto& [name, value] : {std::pair{"closed", breaker_state::closed},
                                      {"open", breaker_state::open},
                                      {"half_open", breaker_state::half_open}}) {
      add(state, {{"state", name}}, seen.orders == value ? 1 : 0);
    }
    into.push_back(std::move(state));
  }

  server_context& server_;
};

}  // namespace

std::string metrics_page(server_context& server) {
  const prometheus::TextSerializer text;
  return static_cast<const prometheus::Serializer&>(text).Serialize(server_metrics(server).Collect());
}

}  // namespace seckill::inline v1::http
