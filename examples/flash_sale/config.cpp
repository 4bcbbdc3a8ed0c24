#include "config.hpp"

#include "site_directory.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace flash_sale {

using seckill::durability;

namespace {

constexpr std::string_view prefix = "SECKILL_";
constexpr std::string_view token_variable = "SECKILL_OPERATOR_TOKEN";

// 1 to 64 seems enough for everything that is one per core.
constexpr int per_core_max = 64;
constexpr int year_s = 366 * 86'400;

const std::map<std::string, durability> durability_names{
    {"memory", durability::memory}, {"written", durability::written}, {"synced", durability::synced}};

void declare_service(CLI::App& app, config& into) {
  app.add_option("--host", into.http.address, "Address to listen on, IPv4 or IPv6")->capture_default_str();
  app.add_option("--port", into.http.port, "Port to listen on; 0: a free one")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  app.add_option("--port-file", into.port_file, "Written with the port once the service can be reached");
  app.add_option("--admin-port", into.http.admin_port,
                 "Second listener, for operators and monitoring: /admin, /metrics and /operator are then "
                 "served there "
                 "alone; 0: a free port")
      ->check(CLI::Range(0, 65'535));
  app.add_option("--admin-host", into.http.admin_address, "Address of the second listener")
      ->capture_default_str();
  app.add_option("--io-threads", into.http.io_threads, "Threads that serve connections")
      ->check(CLI::Range(1, per_core_max))
      ->capture_default_str();
  app.add_option("--connections-max", into.http.connections_max, "Connections; beyond them 503")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--drain-timeout-ms", into.http.drain_timeout_ms,
                 "For requests in flight when the service ends")
      ->check(CLI::Range(0, 600'000))
      ->capture_default_str();
  app.add_option(
      "--operator-token-file", into.operator_token_file,
      "File with the operator's token, or SECKILL_OPERATOR_TOKEN; default: operator.token in the data "
      "directory, made at the first start");
  app.add_option("--site", into.site_directory,
                 "Directory of the pages; default: those that came with the program");
  app.add_flag("--access-log", into.http.access_log, "Log every request");
}

void declare_admission(CLI::App& app, seckill::admission_params& into) {
  app.add_option("--client-rate", into.client_rate, "Requests a second of one client address; 0: no limit")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--client-burst", into.client_burst, "Requests of one address at once beyond the first")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--trusted-proxies", into.trusted_proxies,
                 "Addresses and networks whose X-Forwarded-For is believed, separated by commas; none: \"\"")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--buyer-rate", into.buyer_rate, "Reserves a second of one buyer; 0: no limit")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--buyer-burst", into.buyer_burst, "Reserves of one buyer at once beyond the first")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--in-flight-max", into.in_flight_max, "Reserves with the engine at a time, at most")
      ->check(CLI::Range(64, 1'000'000))
      ->capture_default_str();
  app.add_option("--latency-max-ms", into.latency_max_ms,
                 "Reserves are shed as far as it takes to answer the others in less")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
}

void declare_storage(CLI::App& app, config& into) {
  app.add_option("--data", into.data_directory, "Directory of sales, reservations and orders")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--durability", [&into](const std::string& name) { into.engine.level = durability_names.at(name); },
         "What an acknowledged answer survives: memory (nothing), written (a crash of the process), synced "
         "(a crash "
         "of the machine)")
      ->check(CLI::IsMember({"memory", "written", "synced"}))
      ->default_str("synced");
  app.add_option("--sync-every-ms", into.engine.sync_every_ms,
                 "Below synced: how often the disk is synced all the same")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--shards", into.shards, "Ledgers at work side by side; fixed by the first start")
      ->check(CLI::Range(1, per_core_max))
      ->capture_default_str();
  app.add_option("--events-kept", into.engine.events_kept,
                 "Newest events that a shard's journal keeps for orders that are restored from an older copy")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000'000}))
      ->capture_default_str();
  app.add_option_function<std::uint32_t>(
         "--downtime-max-s",
         [&into](std::uint32_t length_s) {
           into.engine.time.downtime_max_ms = length_s * seckill::time_ms{1'000};
         },
         "At a start: the wall clock is believed if it is ahead of the newest event by at most so long")
      ->check(CLI::Range(0, year_s))
      ->default_str(std::to_string(into.engine.time.downtime_max_ms / 1'000));
  app.add_flag("--accept-wall-clock", into.engine.time.accept_wall_clock,
               "At a start: the wall clock is right, however far from the newest event it is");
  app.add_option("--stock-max", into.engine.ledger.stock_max,
                 "Units of all sales of a shard; memory is kept for them")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--sales-max", into.engine.ledger.sales_max, "Sales of a shard")
      ->check(CLI::Range(1, 65'535))
      ->capture_default_str();
  app.add_option("--remembered-max", into.engine.ledger.remembered_max,
                 "Cancelled and expired reservations of a shard that are still known")
      ->check(CLI::Range(1, 1'000'000'000))
      ->capture_default_str();
}

void declare_sale(CLI::App& app, config& into) {
  demo_sale_params& sale = into.sale;
  app.add_option("--stock", sale.stock, "Open a sale of so many units unless one is going on; 0: none")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--sku-count", sale.sku_count, "Items that the stock is spread over")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--sale-title", sale.title, "Its title, 1 to 180 bytes")->capture_default_str();
  app.add_flag("--open-again", sale.again, "Open another sale of that title when the one before has ended");
  app.add_option("--opens-in-s", sale.opens_in_s, "Seconds until it opens")
      ->check(CLI::Range(0, year_s))
      ->capture_default_str();
  app.add_option("--open-for-s", sale.open_for_s, "Seconds that it is open")
      ->check(CLI::Range(1, year_s))
      ->capture_default_str();
  app.add_option("--ttl-s", sale.ttl_s, "Seconds that a reservation waits for its payment")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  app.add_option("--limit", sale.limit, "Units per buyer; 0: no limit")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--price", sale.price_minor, "Price of a unit in the currency's minor unit")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000'000}))
      ->capture_default_str();
  app.add_option("--currency", sale.currency, "Its ISO 4217 code")->capture_default_str();
}

// --stock-max is SECKILL_STOCK_MAX.
std::string variable_of(std::string_view option) {
  std::string name(prefix);
  for (const char each : option.substr(2)) {
    name += each == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  }
  return name;
}

// The variables as flags. They go before the real ones, of which the last counts.
std::vector<std::string> flags_from(const environment& variables, const CLI::App& app) {
  std::vector<std::string> flags;
  std::vector<std::string> known{std::string(token_variable)};
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_single_name();
    known.push_back(variable_of("--" + name));
    const auto found = variables.find(known.back());
    if (found != variables.end()) flags.push_back("--" + name + "=" + found->second);
  }
  for (const auto& [name, value] : variables) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw CLI::ValidationError(name, "there is no such option; unset it, or see --help for what there is");
  }
  return flags;
}

void check_together(config& read) {
  demo_sale_params& sale = read.sale;
  if (sale.title.empty() || sale.title.size() > 180) {
    throw CLI::ValidationError("--sale-title",
                               "has " + std::to_string(sale.title.size()) + " bytes, not 1 to 180");
  }
  const auto capital = [](char each) { return each >= 'A' && each <= 'Z'; };
  if (sale.currency.size() != 3 || !std::ranges::all_of(sale.currency, capital)) {
    throw CLI::ValidationError("--currency",
                               "\"" + sale.currency + "\" is not three capital letters, like CNY");
  }
  if (sale.stock > 0 && sale.stock < sale.sku_count) {
    throw CLI::ValidationError("--sku-count", std::to_string(sale.sku_count) + " is more than --stock " +
                                                  std::to_string(sale.stock) + ": every item needs a unit");
  }
  if (sale.stock > read.engine.ledger.stock_max) {
    throw CLI::ValidationError("--stock", std::to_string(sale.stock) + " is more than --stock-max " +
                                              std::to_string(read.engine.ledger.stock_max) + ": raise that");
  }
  std::erase(read.http.admission.trusted_proxies, "");  // how an empty list is written
  if (read.data_directory.empty()) throw CLI::ValidationError("--data", "is empty: name a directory");
  if (read.operator_token_file.empty()) read.operator_token_file = read.data_directory + "/operator.token";
  if (read.site_directory.empty()) read.site_directory = default_site_directory();
}

// Variables became flags before they were read, so a refusal names the flag; say where it came from.
void print_refusal(const CLI::ParseError& refused, const environment& variables) {
  const std::string what = refused.what();
  std::cerr << "seckill_flash_sale: " << what << '\n';
  for (const auto& [name, value] : variables) {
    std::string flag = "--" + name.substr(prefix.size());
    std::ranges::transform(flag, flag.begin(), [](unsigned char each) {
      return each == '_' ? '-' : static_cast<char>(std::tolower(each));
    });
    if (what.starts_with(flag + ":") || what.find(flag + " ") != std::string::npos) {
      std::cerr << "  " << name << " is set in the environment\n";
    }
  }
  std::cerr << "  See seckill_flash_sale --help for every option and its range.\n";
}

}  // namespace

std::variant<config, int> read_config(int argc, const char* const* argv, const environment& variables) {
  config read;
  read.engine.events_kept = 10'000'000;
  read.engine.ledger.touch_memory = true;  // the kernel finds it before the sale, not during it
  CLI::App app("A flash sale with its pages, on one machine: the seckill engine on RocksDB behind HTTP.",
               "seckill_flash_sale");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  declare_service(app, read);
  declare_admission(app, read.http.admission);
  declare_storage(app, read);
  declare_sale(app, read);
  app.set_config("--config", "", "File of options: lines like  stock-max = 500000");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.footer(
      "Every option is also a variable: --stock-max is SECKILL_STOCK_MAX. Flags win over variables, "
      "variables\n"
      "over the file. The operator's token is never a flag.");
  try {
    std::vector<std::string> arguments = flags_from(variables, app);
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    std::ranges::reverse(arguments);  // as CLI11 wants them
    app.parse(std::move(arguments));
    check_together(read);
    const auto token = variables.find(token_variable);
    if (token != variables.end()) read.http.operator_token = token->second;
    return read;
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& refused) {
    print_refusal(refused, variables);
    return 2;
  }
}

environment variables_of_process() {
  environment variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view entry(*each);
    const std::size_t equals = entry.find('=');
    if (!entry.starts_with(prefix) || equals == std::string_view::npos) continue;
    variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

}  // namespace flash_sale
