#pragma once

#include "sale_bench.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace seckill::rivals {

/// What the SQL databases have in common: the tables' names, how the stock is offered and how the books are read.
class sql_shop : public shop {
 public:
  /// `slots`: rows that an item's stock is split over; 1 is the hot row.
  sql_shop(bench_options options, std::uint32_t slots) : options_(std::move(options)), slots_(slots) {}

  void open(const sale_terms& terms) override;
  books read(sku_id sku) override;

 protected:
  /// Runs statements; the first column of the first row that the last one returns, or "".
  virtual std::string run(const std::string& text) = 0;

  [[nodiscard]] const bench_options& options() const { return options_; }
  [[nodiscard]] bool split() const { return slots_ > 1; }

 private:
  void offer(const sale_terms& terms, sku_id sku, std::uint32_t stock);

  bench_options options_;
  std::uint32_t slots_;
};

/// main() with the option --slots.
[[nodiscard]] int run_sql_bench(
    int argc, char** argv,
    const std::function<std::unique_ptr<shop>(const bench_options&, std::uint32_t slots)>& make);

template <typename Shop>
[[nodiscard]] int run_sql_bench(int argc, char** argv) {
  return run_sql_bench(argc, argv, [](const bench_options& options, std::uint32_t slots) {
    return std::make_unique<Shop>(options, slots);
  });
}

}  // namespace seckill::rivals
