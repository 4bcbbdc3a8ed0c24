#pragma once

#include "bench/timed_journal.hpp"
#include <seckill/engine.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill::bench {

inline constexpr std::array levels{durability::memory, durability::written, durability::synced};

/// A directory of this run alone in the current one, which must be on the disk in question; removed at the end.
class scratch_directory {
 public:
  explicit scratch_directory(std::string_view name) : path_(std::filesystem::current_path() / name) {
    std::filesystem::remove_all(path_);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// An engine with one shard on RocksDB in a scratch directory, and sales to sell from.
class market {
 public:
  explicit market(durability level, std::uint32_t stock_max = 8'000'000) {
    params_.level = level;
    params_.ledger.stock_max = stock_max;
    params_.ledger.touch_memory = true;
    params_.snapshot_every_events = 0;
    open();
  }

  [[nodiscard]] engine& works() noexcept { return *works_; }
  [[nodiscard]] engine_params& params() noexcept { return params_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return directory_ / name; }

  /// Opens what is in the directory, as a restart does.
  void open() {
    std::vector<std::unique_ptr<journal>> journals;
    journals.push_back(std::make_unique<timed_journal>(
        open_rocksdb_journal({.directory = (directory_ / "journal").string()}).value(), times_));
    works_ = engine::open(params_, std::move(journals), time_).value();
  }
  void close() { works_.reset(); }
  /// Of the journal, since the market was made.
  [[nodiscard]] const journal_times& times() const noexcept { return *times_; }

  sale_id open_sale(std::uint32_t stock) {
    sale_definition sale;
    sale.title = "bench";
    sale.opens_at_ms = 1;
    sale.closes_at_ms = works_->now_ms() + 100'000'000;
    sale.reservation_ttl_ms = 10'000'000;
    sale.currency = {'E', 'U', 'R'};
    sale.items = {{sku_id{1}, "unit", 100, stock}};
    return works_->execute(create_sale_command{{1, ++requests_}, {}, sale}).sale;
  }
  /// A reserve of one unit by a new buyer.
  reserve_command next(sale_id sale) {
    ++requests_;
    return {{requests_ * 0x9e3779b97f4a7c15, requests_}, sale, buyer_id{requests_}, {{sku_id{1}, 1}}};
  }

 private:
  system_time_source time_;
  scratch_directory directory_{"market.scratch"};
  std::uint64_t requests_ = 0;
  engine_params params_;
  std::shared_ptr<journal_times> times_ = std::make_shared<journal_times>();
  std::unique_ptr<engine> works_;
};

}  // namespace seckill::bench
