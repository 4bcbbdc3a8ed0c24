#pragma once

#include "record_table.hpp"
#include <seckill/sale.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace seckill::inline v1 {

// A sale at work: what was defined, and what is left.
struct sale_entry {
  sale_id id{};
  std::shared_ptr<const sale_definition> definition;
  sale_switch position = sale_switch::running;
  std::vector<item_stock> stock;                         // in the definition's order
  std::vector<std::pair<sku_id, std::uint16_t>> by_sku;  // sorted
  std::vector<char> changed;                             // items reported by take_changes() next
  slot_queue holds;  // oldest first: one sale has one TTL, so that is the order of deadlines
  bool in_deadlines = false;

  [[nodiscard]] std::optional<std::uint16_t> item_of(sku_id sku) const noexcept {
    const auto found = std::ranges::lower_bound(by_sku, sku, {}, &std::pair<sku_id, std::uint16_t>::first);
    if (found == by_sku.end() || found->first != sku) return std::nullopt;
    return found->second;
  }
};

// The sales of a ledger by index and by id. A sale is never removed.
class sale_book {
 public:
  using index = std::uint16_t;

  [[nodiscard]] std::optional<index> find(sale_id id) const noexcept {
    // A crowd comes for one sale: mostly it is the one asked for before.
    if (recent_ < sales_.size() && sales_[recent_].id == id) return recent_;
    const auto found = by_id_.find(to_integer(id));
    if (found == by_id_.end()) return std::nullopt;
    return recent_ = found->second;
  }
  [[nodiscard]] sale_entry& operator[](index at) noexcept { return sales_[at]; }
  [[nodiscard]] const sale_entry& operator[](index at) const noexcept { return sales_[at]; }
  [[nodiscard]] std::size_t size() const noexcept { return sales_.size(); }

  index add(sale_id id, const sale_definition& definition) {
    sale_entry entry;
    entry.id = id;
    for (const item_definition& item : definition.items) {
      entry.by_sku.emplace_back(item.sku, static_cast<std::uint16_t>(entry.stock.size()));
      entry.stock.push_back({item.stock, item.stock, 0, 0});
    }
    std::ranges::sort(entry.by_sku);
    entry.changed.resize(entry.stock.size());
    entry.definition = std::make_shared<const sale_definition>(definition);
    const auto at = static_cast<index>(sales_.size());
    sales_.push_back(std::move(entry));
    by_id_.emplace(to_integer(id), at);
    return at;
  }

 private:
  std::vector<sale_entry> sales_;
  boost::unordered_flat_map<std::uint64_t, index> by_id_;
  mutable index recent_ = 0;  // one thread at a time uses a ledger
};

}  // namespace seckill::inline v1
