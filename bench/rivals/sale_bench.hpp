#pragma once

#include "closed_loop.hpp"
#include "shop.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace seckill::rivals {

/// Requests of new buyers without end; none is like another.
class crowd_of_strangers {
 public:
  /// Crowds that begin far apart do not meet.
  explicit crowd_of_strangers(std::uint64_t first = 0) : count_(first) {}
  [[nodiscard]] wish next(sku_id sku);

 private:
  std::uint64_t count_;
};

/// The sale as it is held from now on.
[[nodiscard]] sale_terms terms_from_now();

/// Numbers of one run, printed as one line of JSON. Latencies are added where they mean something.
class report {
 public:
  void add(const std::string& name, std::uint64_t number);
  void add(const std::string& name, const std::string& text);
  void add_rate(const std::string& name, std::uint64_t count, std::uint64_t elapsed_ns);
  void add_latencies(const crowd::histogram& of);
  /// Prints it, and what is broken to stderr. The exit status.
  [[nodiscard]] int finish(const std::vector<std::string>& broken);

 private:
  std::string text_;
};

struct bench_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string setup;  ///< a file: script or schema
  std::size_t connections = 1;
  std::size_t depth = 1;  ///< requests on their way on each connection
  double seconds = 2;
};

/// main() of a rival that is a server: a closed loop of accepted reserves, then one of refusals of the scarce item,
/// then the check of all promises. `declare` adds the rival's own options.
[[nodiscard]] int run_sale_bench(int argc, char** argv, const std::function<void(CLI::App&)>& declare,
                                 const std::function<std::unique_ptr<shop>(const bench_options&)>& make);

/// The whole of a file, or throws std::runtime_error.
[[nodiscard]] std::string read_file(const std::string& path);

}  // namespace seckill::rivals
