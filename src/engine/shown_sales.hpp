#pragma once

#include "engine/cache_line.hpp"
#include "ledger/huge_array.hpp"
#include <seckill/availability_board.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace seckill::inline v1 {

// The sales that a board shows, in tables of fixed capacity: one thread shows, any thread judges and reads.
//
// A sale is a sequence lock: its version is odd while it changes. judge() looks once and gives no verdict if
// the sale changed meanwhile, so it is wait-free; find() looks again. Everything under the lock is stored
// with release and loaded with acquire: so a reader that saw any part of a change sees the odd version before
// it, and needs no fences. Source: Boehm, "Can seqlocks get along with programming language memory models?"
// (2012), the variant with ordered data accesses.
class shown_sales {
 public:
  explicit shown_sales(const ledger_params& bounds);

  // --- any thread ---
  // Small enough for two registers: most of a crowd is judged, and an answer is five words.
  struct verdict {
    outcome code = outcome::reserved;  // this one: the ledger must decide
    bool unless_at_limit = false;      // a buyer who has units may get limit_exceeded instead
    time_ms at_ms = 0;                 // as in the answer
  };
  // REQUIRES: well formed.
  [[nodiscard]] verdict judge(const reserve_command& what, time_ms now) const noexcept;
  [[nodiscard]] std::optional<board_sale> find(sale_id sale) const;
  [[nodiscard]] std::vector<sale_id> ids() const;
  [[nodiscard]] const sale_definition* definition(sale_id sale) const noexcept;

  // --- the deciding thread ---
  void unsettle(sale_id sale) noexcept { unsettled_[doubt_of(sale)].fetch_add(1, std::memory_order_relaxed); }

  // --- the showing thread ---
  // REQUIRES: not empty, all of one sale.
  void show(std::span<const availability_board::change> changes) noexcept;
  void settle(sale_id sale) noexcept { unsettled_[doubt_of(sale)].fetch_sub(1, std::memory_order_release); }
  void withdraw(sale_id sale) noexcept;

 private:
  struct alignas(cache_line) entry {
    std::atomic<std::uint64_t> id{0};  // 0: free. Stored, with release, after what never changes
    std::atomic<std::uint64_t> version{0};
    std::atomic<time_ms> next_expiry_ms{0};
    std::atomic<sale_switch> position{};
    std::atomic<bool> withdrawn{false};

    // Never changes.
    std::uint32_t limit = 0;
    std::uint32_t item_count = 0;
    std::uint64_t first_item = 0;    // in items_
    std::uint64_t first_bucket = 0;  // in buckets_
    std::uint64_t bucket_mask = 0;
    std::shared_ptr<const sale_definition> definition;
  };

  // An item is two words, each of two counts of units: available | held << 32, total | sold << 32.
  static constexpr std::size_t item_words = 2;

  struct sku_bucket {
    std::uint32_t sku;  // 0: free
    std::uint32_t item;
  };

  struct counts {
    std::uint32_t low;
    std::uint32_t high;
  };

  [[nodiscard]] const entry* find_entry(sale_id sale) const noexcept;
  [[nodiscard]] entry* find_entry(sale_id sale) noexcept;
  [[nodiscard]] verdict judge_shown(const entry& sale, const reserve_command& what,
                                    time_ms now) const noexcept;
  [[nodiscard]] verdict judge_stock(const entry& sale, const reserve_command& what,
                                    time_ms now) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> item_of(const entry& sale, sku_id sku) const noexcept;
  [[nodiscard]] counts load(const entry& sale, std::uint32_t item, std::size_t word) const noexcept;
  void store(const entry& sale, std::uint32_t item, const item_stock& stock) noexcept;
  entry* add(sale_id sale, const std::shared_ptr<const sale_definition>& definition) noexcept;
  void index_skus(entry& sale) noexcept;

  // Sales whose answers run ahead of what is shown, counted by the low bits of their ids: a collision only
  // makes the board silent for longer.
  static constexpr std::size_t doubts = 256;
  [[nodiscard]] static std::size_t doubt_of(sale_id sale) noexcept { return to_integer(sale) % doubts; }

  std::vector<entry> entries_;
  std::size_t sales_max_;
  huge_array<std::uint64_t> items_;
  huge_array<sku_bucket> buckets_;
  alignas(cache_line) std::array<std::atomic<std::uint32_t>, doubts> unsettled_{};

  // Of the showing thread.
  alignas(cache_line) std::size_t sale_count_ = 0;
  std::uint64_t items_used_ = 0;
  std::uint64_t buckets_used_ = 0;
};

}  // namespace seckill::inline v1
