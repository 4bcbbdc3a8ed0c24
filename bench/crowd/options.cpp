#include "options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <vector>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / 2;

struct raw_options {
  options parsed;
  std::uint64_t sale = 0;
  std::vector<std::uint32_t> skus;
  std::uint64_t think_ms = 200;
  std::int64_t timeout_ms = 10'000;
  std::string operator_token_file;
};

void declare_load(CLI::App& app, raw_options& raw) {
  driver_params& driver = raw.parsed.driver;
  plan_params& plan = raw.parsed.plan;
  app.add_option("--host", driver.to.host, "Where the service listens")->capture_default_str();
  app.add_option("--port", driver.to.port, "Its port")->check(CLI::Range(1, 65'535))->capture_default_str();
  app.add_option("--sale", raw.sale, "The sale's id; default: the one that is open, or opens next")
      ->check(CLI::Range(std::uint64_t{1}, most));
  app.add_option("--buyers", plan.buyers, "Shoppers")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  app.add_option("--buyer-first", plan.buyer_first, "Number of the first shopper; the others follow")
      ->check(CLI::Range(std::uint64_t{1}, most));
  app.add_option(
         "--rate", plan.rate_per_s,
         "Arrivals per second, whatever the service does (open loop); 0: as many as it can serve over the "
         "connections (closed loop)")
      ->check(CLI::Range(0, 10'000'000));
  app.add_option("--connections", driver.connections, "Keep-alive connections")->check(CLI::Range(1, 60'000));
  app.add_option("--duration", raw.parsed.duration_s, "Seconds after which nobody arrives or comes back")
      ->check(CLI::Range(1, 86'400));
  app.add_option("--timeout-ms", raw.timeout_ms, "How long one request may take")
      ->check(CLI::Range(10, 600'000));
  app.add_option("--seed", plan.seed, "The same seed brings the same crowd; default: random, and printed");
}

void declare_behaviour(CLI::App& app, raw_options& raw) {
  plan_params& plan = raw.parsed.plan;
  const auto percent = CLI::Range(0, 100);
  app.add_option("--quantity", plan.quantity, "Units that each shopper wants")->check(CLI::Range(1, 65'535));
  app.add_option("--skus", raw.skus, "Skus to choose from, for example 1,2; default: all of the sale")
      ->delimiter(',');
  app.add_option("--pay", plan.pay_percent, "Percent of the reservations that are paid")->check(percent);
  app.add_option("--give-up", plan.give_up_percent, "Percent that are cancelled; the rest is abandoned")
      ->check(percent);
  app.add_option("--think-ms", raw.think_ms, "A payment or cancel comes up to so long after the reservation")
      ->check(CLI::Range(0, 600'000));
  app.add_option("--duplicate", plan.duplicate_percent,
                 "Percent of the shoppers who send their request twice")
      ->check(percent);
  app.add_option("--patient", plan.patient_percent,
                 "Percent of the shoppers who come back after Retry-After while units are held by others")
      ->check(percent);
  app.add_flag("--retry", raw.parsed.retry,
               "Repeat a request, with the same Idempotency-Key, that got no answer or a 429 or 503");
}

void declare_results(CLI::App& app, raw_options& raw) {
  app.add_flag("--progress", raw.parsed.progress, "Show how it goes, on stderr");
  app.add_flag("--verify", raw.parsed.verify,
               "At the end ask for every acknowledged reservation and its order");
  app.add_flag("--expect-sold-out", raw.parsed.expect_sold_out,
               "Fail unless every unit of the sale is sold at the end (needs the operator's token)");
  app.add_option("--operator-token-file", raw.operator_token_file,
                 "File with the operator's token; also SECKILL_OPERATOR_TOKEN. With it the service's audit "
                 "is checked")
      ->check(CLI::ExistingFile);
  app.add_option("--audit-patience-ms", raw.parsed.audit_patience_ms, "How long orders may take to follow")
      ->check(CLI::Range(0, 600'000));
  app.add_option("--acks", raw.parsed.acks_file,
                 "Append a line for every acknowledged reservation, payment, cancel");
  app.add_option("--json", raw.parsed.json_file, "Write the results to this file");
}

std::string first_line_of(const std::string& file) {
  std::ifstream from(file);
  std::string line;
  std::getline(from, line);
  return line;
}

void check_together(const raw_options& raw) {
  const plan_params& plan = raw.parsed.plan;
  if (plan.pay_percent + plan.give_up_percent > 100) {
    throw CLI::ValidationError("--pay, --give-up", "together they are at most 100 percent");
  }
  if (raw.parsed.expect_sold_out && raw.parsed.operator_token.empty()) {
    throw CLI::ValidationError("--expect-sold-out", "needs --operator-token-file or SECKILL_OPERATOR_TOKEN");
  }
}

}  // namespace

std::variant<options, int> read_options(int argc, const char* const* argv) {
  CLI::App app(
      "A crowd for a seckill service: waits for the sale to open, then reserves, pays, gives up and "
      "abandons, and\n"
      "measures every answer from the moment its request should have left. Exits with 0 if the service kept "
      "its\n"
      "promises, 1 if not, 2 if the command line was refused, 3 if the service could not be reached.",
      "seckill_crowd");
  raw_options raw;
  raw.parsed.plan.buyers = 10'000;
  raw.parsed.plan.rate_per_s = 5'000;
  raw.parsed.plan.pay_percent = 90;
  raw.parsed.plan.give_up_percent = 5;
  declare_load(app, raw);
  declare_behaviour(app, raw);
  declare_results(app, raw);
  try {
    app.parse(argc, argv);
    options& parsed = raw.parsed;
    if (!raw.operator_token_file.empty()) {
      parsed.operator_token = first_line_of(raw.operator_token_file);
    } else if (const char* token = std::getenv("SECKILL_OPERATOR_TOKEN"); token != nullptr) {
      parsed.operator_token = token;
    }
    check_together(raw);
    if (raw.sale != 0) parsed.sale = sale_id{raw.sale};
    for (const std::uint32_t sku : raw.skus) parsed.plan.skus.push_back(sku_id{sku});
    parsed.skus_given = !raw.skus.empty();
    parsed.seed_given = app.count("--seed") > 0;
    parsed.plan.think_max_ns = raw.think_ms * 1'000'000;
    parsed.driver.timeout = std::chrono::milliseconds(raw.timeout_ms);
  } catch (const CLI::ParseError& refused) {
    const int status = app.exit(refused);
    return status == 0 ? 0 : 2;
  }
  return raw.parsed;
}

}  // namespace seckill::crowd
