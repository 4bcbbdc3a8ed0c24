// A command line, variables and a file of options: the configuration keeps its ranges, or the program is told to end.
#include "config.hpp"
#include "tests/fuzz/fuzz_input.hpp"

#include <iostream>
#include <streambuf>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace seckill::testing {
namespace {

// Where what it says goes.
class nowhere final : public std::streambuf {
  int overflow(int c) override { return c; }
  std::streamsize xsputn(const char*, std::streamsize size) override { return size; }
};

// A file that is in no directory.
class memory_file {
 public:
  explicit memory_file(std::string_view text) : descriptor_(::memfd_create("config", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "there is memory for a file");
    require(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
            "it can be written");
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(descriptor_); }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void require_ranges(const flash_sale::config& read) {
  const auto between = [](auto value, auto low, auto high) { return value >= low && value <= high; };
  require(between(read.shards, 1U, 64U), "shards");
  require(between(read.http.io_threads, 1U, 64U), "io-threads");
  require(between(read.http.connections_max, 1U, 1'000'000U), "connections-max");
  require(read.http.drain_timeout_ms <= 600'000U, "drain-timeout-ms");
  require(read.engine.level <= durability::synced, "durability");
  require(between(read.engine.sync_every_ms, 1U, 60'000U), "sync-every-ms");
  require(between(read.engine.ledger.stock_max, 1U, 1'000'000'000U), "stock-max");
  require(read.engine.ledger.sales_max >= 1U, "sales-max");
  require(between(read.engine.ledger.remembered_max, 1U, 1'000'000'000U), "remembered-max");
  require(read.sale.stock <= read.engine.ledger.stock_max, "stock");
  require(read.sale.stock == 0 || read.sale.sku_count <= read.sale.stock, "sku-count");
  require(between(read.sale.sku_count, 1U, 1'000U), "sku-count");
  require(between(read.sale.title.size(), 1U, 180U), "sale-title");
  require(between(read.sale.open_for_s, 1U, 366U * 86'400U), "open-for-s");
  require(between(read.sale.ttl_s, 1U, 86'400U), "ttl-s");
  require(between(read.sale.price_minor, std::int64_t{0}, std::int64_t{1'000'000'000'000}), "price");
  require(read.sale.currency.size() == 3, "currency");
  require(!read.data_directory.empty() && !read.operator_token_file.empty(), "directories");
}

// Lines of flags up to an empty one, lines of NAME=VALUE up to an empty one, then the file.
void fuzz(fuzz_input input) {
  std::vector<std::string> flags{"seckill_flash_sale"};
  for (std::string_view each = input.until('\n'); !each.empty(); each = input.until('\n'))
    if (each.find("config") == each.npos && each.find('\0') == each.npos)
      flags.emplace_back(each);  // no other file
  flash_sale::environment variables;
  for (std::string_view each = input.until('\n'); !each.empty(); each = input.until('\n')) {
    const std::size_t equals = std::min(each.find('='), each.size());
    if (each.find("CONFIG") == each.npos)
      variables.emplace("SECKILL_" + std::string(each.substr(0, equals)),
                        each.substr(std::min(equals + 1, each.size())));
  }
  const memory_file file(input.rest());
  if (!input.empty()) flags.push_back("--config=" + file.path());
  std::vector<const char*> arguments;
  for (const std::string& each : flags) arguments.push_back(each.c_str());
  const auto read = flash_sale::read_config(static_cast<int>(arguments.size()), arguments.data(), variables);
  if (const auto* status = std::get_if<int>(&read))
    return require(*status == 0 || *status == 2, "it was answered or refused");
  require_ranges(std::get<flash_sale::config>(read));
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  static seckill::testing::nowhere silence;
  std::cout.rdbuf(&silence);
  std::cerr.rdbuf(&silence);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({data, size});
  return 0;
}
