// The sample service, whole: configuration, journals, engine, orders, pages, HTTP; then it waits for a signal
// and drains.
#include "config.hpp"
#include "data_directory.hpp"
#include "demo_sale.hpp"
#include "descriptor_plan.hpp"
#include "operator_token.hpp"
#include "orders_health.hpp"
#include "process.hpp"
#include "web_address.hpp"
#include "whole_file.hpp"
#include <seckill/engine.hpp>
#include <seckill/http/http_server.hpp>
#include <seckill/http/log_hook.hpp>
#include <seckill/http/static_site.hpp>
#include <seckill/order_service.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>
#include <seckill/rocksdb/rocksdb_order_store.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace flash_sale {
namespace {

using namespace seckill;

error with_cure(error failed) {
  if (failed.code == errc::already_open) failed.text += ". Stop the other process, or name another --data";
  return failed;
}

error with_port_cure(error failed) {
  failed.text +=
      ". Stop the program that uses it, or name another --port (0: a free one) or --host; for the operators' "
      "listener "
      "--admin-port or --admin-host";
  return failed;
}

result<std::unique_ptr<engine>> open_engine(const config& asked, const data_directory& data,
                                            const descriptor_plan& descriptors, const time_source& time) {
  std::vector<std::unique_ptr<journal>> journals;
  for (std::uint32_t shard = 0; shard < asked.shards; ++shard) {
    auto opened = open_rocksdb_journal(
        {.directory = data.journal(shard), .open_files_max = descriptors.journal_files_max});
    if (!opened) return with_cure(opened.error());
    journals.push_back(*std::move(opened));
  }
  return engine::open(asked.engine, std::move(journals), time);
}

std::string describe_recovery(const engine& shop, std::chrono::milliseconds took) {
  std::uint64_t held = 0;
  std::uint64_t events = 0;
  for (const shard_stats& each : shop.stats().shards) {
    held += each.live;
    events += each.last_sequence;
  }
  const std::size_t sales = shop.sales().size();
  return "recovered " + std::to_string(sales) + (sales == 1 ? " sale, " : " sales, ") + std::to_string(held) +
         " reservations held, " + std::to_string(events) + " events, in " + std::to_string(took.count()) +
         " ms";
}

// A store that has to catch up for longer than a second says how far it is.
void tell_progress(const order_worker_stats& of) {
  if (of.position >= of.catch_up_to || of.failure) return;
  print_line("orders of shard " + std::to_string(of.shard) + ": catching up, at event " +
             std::to_string(of.position) + " of " + std::to_string(of.catch_up_to));
}

// Until a signal comes; a failing projection of orders is the one thing that only this thread would notice.
void wait_for_the_end(const order_service& orders, const log_hook& log) {
  std::vector<std::string> said(orders.stats().size());
  while (!end_was_asked_for(std::chrono::seconds(1))) {
    for (const order_worker_stats& each : orders.stats()) {
      const std::string now = each.failure ? each.failure->text : std::string();
      if (now != said[each.shard] && !now.empty())
        log(log_level::error,
            "event=orders_failing shard=" + std::to_string(each.shard) + " reason=\"" + now + '"');
      said[each.shard] = now;
      tell_progress(each);
    }
  }
}

// Storage must find descriptors whatever clients do: connections are what gives way.
result<descriptor_plan> divide_descriptors(config& asked) {
  const std::uint64_t limit = raise_open_files();
  const std::uint32_t admin = asked.http.admin_port ? asked.http.admin_connections_max : 0;
  auto plan =
      plan_descriptors(limit, {asked.http.connections_max, admin, asked.http.io_threads, asked.shards});
  if (!plan) return plan;
  if (plan->connections_max < asked.http.connections_max) {
    print_line("only " + std::to_string(limit) + " files may be open: --connections-max is " +
               std::to_string(plan->connections_max) + " instead of " +
               std::to_string(asked.http.connections_max) +
               ". Raise the hard limit (ulimit -Hn, LimitNOFILE=) for more");
  }
  asked.http.connections_max = plan->connections_max;
  asked.http.connections_reserved = plan->connections_reserved;
  if (admin > 0) asked.http.admin_connections_max = plan->admin_connections_max;
  return plan;
}

result<void> tell_ports(const config& asked, const http_server& server) {
  print_line("serving " + web_address(asked.http.address, server.port()));
  if (asked.http.admin_port) {
    print_line("operators, audit and metrics: http://" + asked.http.admin_address + ':' +
               std::to_string(server.admin_port()) + "/operator");
  }
  if (asked.port_file.empty()) return {};
  return write_whole_file(asked.port_file, std::to_string(server.port()) + "\n", 0644);
}

// Called when ledger time and the wall clock part or meet, also during the start.
std::function<void(const time_status&)> log_time_to(const log_hook& log) {
  return [log](const time_status& now) {
    log(now.is_alarm() ? log_level::error : log_level::info,
        std::string("event=ledger_time state=") + to_string(now.state) +
            " difference_ms=" + std::to_string(now.difference_ms()) + " reason=\"" + describe(now) + '"');
  };
}

result<void> serve(config asked) {
  const auto descriptors = divide_descriptors(asked);
  if (!descriptors) return descriptors.error();
  const system_time_source time;
  asked.http.log = log_to_stderr();
  asked.engine.time.on_change = log_time_to(asked.http.log);
  // What can refuse a start without the data comes first, so that it has changed nothing.
  if (auto able = check_listening(asked.http.address, asked.http.port); !able)
    return with_port_cure(able.error());
  const auto site = static_site::load({.directory = asked.site_directory});
  if (!site) return site.error();
  const auto data = data_directory::prepare(asked.data_directory, asked.shards);
  if (!data) return data.error();
  const auto started = std::chrono::steady_clock::now();
  const auto shop = open_engine(asked, *data, *descriptors, time);
  if (!shop) return shop.error();
  if (auto ours = data->check_fleet((*shop)->fleet()); !ours) return ours;
  const auto took = std::chrono::steady_clock::now() - started;
  print_line(describe_recovery(**shop, std::chrono::duration_cast<std::chrono::milliseconds>(took)));
  const auto orders =
      open_rocksdb_order_store({.directory = data->orders(), .open_files_max = descriptors->order_files_max});
  if (!orders) return with_cure(orders.error());

  if (asked.http.operator_token.empty()) {
    auto token = read_or_make_token(asked.operator_token_file);
    if (!token) return token.error();
    asked.http.operator_token = *std::move(token);
    print_line("the operator's token is in " + asked.operator_token_file);
  }
  // Everything that a start makes is there. From now on a journal that is missing is a loss.
  if (auto finished = data->finish_start((*shop)->fleet()); !finished) return finished;
  // Before anyone can ask: the first clients of a shop must not hear that there is no sale.
  const auto sale = ensure_sale(**shop, asked.sale, (*shop)->now_ms());
  if (!sale) return sale.error();
  print_line(*sale);
  std::atomic<const order_service*> following{nullptr};  // set once it runs
  const auto health = [&following] {
    const order_service* running = following.load();
    if (running == nullptr)
      return std::vector<part_health>{{"orders", health_level::failing, "orders are not followed yet"}};
    return std::vector<part_health>{orders_health(running->stats())};
  };
  const auto server = http_server::start(
      asked.http, {.sales = shop->get(), .orders = orders->get(), .site = &*site, .health = health});
  if (!server) return with_port_cure(server.error());
  const auto projection = order_service::start(
      **shop, **orders, {}, [&](std::span<const order> changed) { (*server)->publish_orders(changed); });
  if (!projection) return projection.error();
  following = projection->get();
  if (auto told = tell_ports(asked, **server); !told) return told;

  wait_for_the_end(**projection, asked.http.log);
  (*server)->drain();
  (*projection)->stop();
  (*shop)->stop();
  return {};
}

}  // namespace
}  // namespace flash_sale

int main(int argc, char** argv) {
  using namespace flash_sale;
  occupy_standard_descriptors();
  const auto asked = read_config(argc, argv, variables_of_process());
  if (const int* status = std::get_if<int>(&asked)) return *status;
  hold_end_signals();
  const auto ended = serve(std::get<config>(asked));
  if (ended) return 0;
  print_line("seckill_flash_sale: " + ended.error().text, STDERR_FILENO);
  return 1;
}
