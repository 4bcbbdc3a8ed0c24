// seckill_crowd: see --help, and README.md beside this file.
#include "audit.hpp"
#include "client.hpp"
#include "driver.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "shoppers.hpp"
#include "verification.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace seckill::crowd {
namespace {

constexpr int exit_kept = 0;
constexpr int exit_broken = 1;
constexpr int exit_unreachable = 3;

error refused(std::string_view what, const response& said) {
  return make_error(errc::not_found,
                    std::string(what) + ": status " + std::to_string(said.status) + " " + said.body);
}

result<sale_info> fetch_sale(client& service, sale_id id) {
  const auto said = service.get("/api/v1/sales/" + std::to_string(to_integer(id)));
  if (!said) return said.error();
  if (said->status != 200) return refused("sale " + std::to_string(to_integer(id)), *said);
  return read_sale(said->body);
}

result<sale_info> choose_sale(client& service) {
  std::vector<sale_info> sales;
  std::optional<sale_id> after;
  do {
    const auto said = service.get(sales_target(after));
    if (!said) return said.error();
    if (said->status != 200) return refused("the list of sales", *said);
    const auto page = read_sales(said->body);
    if (!page) return page.error();
    sales.insert(sales.end(), page->sales.begin(), page->sales.end());
    after = page->next;
  } while (after);
  if (const sale_info* chosen = choose(sales)) return *chosen;
  return make_error(errc::not_found, "no sale is open or scheduled: create one, or name one with --sale");
}

// On the driver's clock: the best of a few questions is the one with the shortest way there and back.
result<std::uint64_t> opening_ns(client& service, const sale_info& sale) {
  constexpr int questions = 5;
  std::uint64_t shortest_ns = ~std::uint64_t{0};
  std::uint64_t opening = 0;
  for (int i = 0; i < questions; ++i) {
    const std::uint64_t asked = driver::now_ns();
    const auto said = service.get("/api/v1/time");
    const std::uint64_t told = driver::now_ns();
    if (!said) return said.error();
    const auto now_ms = read_time(said->body);
    if (!now_ms) return now_ms.error();
    if (told - asked >= shortest_ns) continue;
    shortest_ns = told - asked;
    const time_ms wait_ms = std::max<time_ms>(0, sale.opens_at_ms - *now_ms);
    opening = asked + shortest_ns / 2 + static_cast<std::uint64_t>(wait_ms) * 1'000'000;
  }
  return opening;
}

result<audit_info> fetch_audit(client& service, const std::string& token) {
  const auto said = service.get("/admin/v1/audit", token);
  if (!said) return said.error();
  if (said->status == 401) return refused("the operator's token is not the service's", *said);
  if (said->status != 200) return refused("the audit", *said);
  return read_audit(said->body);
}

// Orders follow their reservations, so a difference is given a while to disappear.
result<audit_info> settled_audit(client& service, const options& asked, const audit_info& before,
                                 sale_id sale, tally& counts) {
  const std::uint64_t deadline_ns = driver::now_ns() + asked.audit_patience_ms * 1'000'000;
  for (;;) {
    auto now = fetch_audit(service, asked.operator_token);
    if (!now) return now;
    std::vector<std::string> faults = check_balance(*now);
    for (auto& each : check_against(before, *now, counts)) faults.push_back(std::move(each));
    if (asked.expect_sold_out) {
      for (auto& each : check_sold_out(*now, sale)) faults.push_back(std::move(each));
    }
    if (faults.empty()) return now;
    if (driver::now_ns() > deadline_ns) {
      for (auto& each : faults) counts.violation(std::move(each));
      return now;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void complete(options& asked, const sale_info& sale) {
  if (!asked.skus_given) {
    for (const item_info& each : sale.items) asked.plan.skus.push_back(each.sku);
  }
  if (!asked.seed_given) asked.plan.seed = std::random_device()() & 0xffffffU;
}

shoppers::acknowledged_handler writer_to(std::ofstream& acks) {
  if (!acks.is_open()) return {};
  return [&acks](std::string_view what, reservation_id reservation) {
    acks << what << ' ' << to_integer(reservation)
         << std::endl;  // flushed: it must be there when we are killed
  };
}

result<std::ofstream> open_acks(const std::string& name) {
  std::ofstream acks;
  if (name.empty()) return acks;
  acks.open(name, std::ios::app);
  if (!acks) return make_error(errc::invalid_argument, "--acks: cannot write to " + name);
  return acks;
}

// The sale itself, from the opening to the last answer.
result<run_result> sell(const options& asked, client& service, const sale_info& sale, const plan& who,
                        tally& counts) {
  auto acks = open_acks(asked.acks_file);
  if (!acks) return acks.error();
  driver connections(asked.driver, counts);
  if (auto connected = connections.connect(); !connected) return connected.error();
  const auto opening = opening_ns(service, sale);
  if (!opening) return opening.error();
  shoppers crowd(who,
                 {.sale = sale.id,
                  .host = asked.driver.to.text(),
                  .opening_ns = *opening,
                  .duration_ns = asked.duration_s * 1'000'000'000,
                  .retry = asked.retry},
                 counts, writer_to(*acks));
  progress bar(counts, who.size(), *opening);
  connections.run(crowd, [&] {
    if (asked.progress) bar.show(driver::now_ns());
  });
  const std::uint64_t ended_ns = driver::now_ns();
  if (asked.progress) bar.finish(ended_ns);

  run_result run;
  run.to = asked.driver.to;
  run.crowd = who.params();
  run.connections = asked.driver.connections;
  run.elapsed_ns = ended_ns - std::min(ended_ns, *opening);
  run.interrupted = connections.interrupted();
  if (asked.verify && !run.interrupted) {
    verification check(who, {.sale = sale.id, .host = asked.driver.to.text(), .start_ns = ended_ns}, counts);
    connections.run(check);
    run.reservations_verified = check.reservations_good();
    run.orders_verified = check.orders_good();
  }
  return run;
}

result<void> print(const options& asked, const run_result& run, const tally& counts) {
  std::fputs(to_text(run, counts).c_str(), stdout);
  if (asked.json_file.empty()) return {};
  std::ofstream file(asked.json_file);
  file << to_json(run, counts);
  if (!file.flush()) return make_error(errc::invalid_argument, "--json: cannot write to " + asked.json_file);
  return {};
}

result<int> attend(options asked) {
  client service(asked.driver.to);
  const auto sale = asked.sale ? fetch_sale(service, *asked.sale) : choose_sale(service);
  if (!sale) return sale.error();
  complete(asked, *sale);
  const plan who(asked.plan);
  std::optional<audit_info> before;
  if (!asked.operator_token.empty()) {
    auto audit = fetch_audit(service, asked.operator_token);
    if (!audit) return audit.error();
    before = *std::move(audit);
  }
  tally counts;
  auto run = sell(asked, service, *sale, who, counts);
  if (!run) return run.error();
  service.close();  // it may have been idle for longer than the service allows
  if (before) {
    auto audit = settled_audit(service, asked, *before, sale->id, counts);
    if (!audit) return audit.error();
    run->audit = *std::move(audit);
  }
  auto after = fetch_sale(service, sale->id);
  if (!after) return after.error();
  run->sale = *std::move(after);
  if (auto printed = print(asked, *run, counts); !printed) return printed.error();
  return counts.violation_count == 0 ? exit_kept : exit_broken;
}

}  // namespace
}  // namespace seckill::crowd

int main(int argc, char** argv) {
  using namespace seckill;
  const auto asked = crowd::read_options(argc, argv);
  if (const int* status = std::get_if<int>(&asked)) return *status;
  const result<int> attended = crowd::attend(std::get<crowd::options>(asked));
  if (attended) return *attended;
  std::fprintf(stderr, "seckill_crowd: %s\n", attended.error().text.c_str());
  return crowd::exit_unreachable;
}
