#include "engine/shown_sales.hpp"

#include <seckill/hash.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <thread>

namespace seckill::inline v1 {
namespace {

std::size_t buckets_for(std::size_t items) { return std::bit_ceil(items * 2); }

std::size_t home_of(std::uint64_t key, std::size_t mask) noexcept {
  return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15U) >> 32U) & mask;
}

}  // namespace

shown_sales::shown_sales(const ledger_params& bounds)
    : entries_(buckets_for(std::max<std::size_t>(1, bounds.sales_max))),
      sales_max_(bounds.sales_max),
      items_(item_words * bounds.sales_max * bounds.items_per_sale_max),
      buckets_(bounds.sales_max * buckets_for(bounds.items_per_sale_max)) {}

// --- reading ---

const shown_sales::entry* shown_sales::find_entry(sale_id sale) const noexcept {
  const std::uint64_t id = to_integer(sale);
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t at = home_of(id, mask);; at = (at + 1) & mask) {
    const std::uint64_t there = entries_[at].id.load(std::memory_order_acquire);
    if (there == 0) return nullptr;
    if (there == id) return &entries_[at];
  }
}

shown_sales::entry* shown_sales::find_entry(sale_id sale) noexcept {
  return const_cast<entry*>(std::as_const(*this).find_entry(sale));
}

std::optional<std::uint32_t> shown_sales::item_of(const entry& sale, sku_id sku) const noexcept {
  for (std::size_t at = home_of(to_integer(sku), sale.bucket_mask);; at = (at + 1) & sale.bucket_mask) {
    const sku_bucket& bucket = buckets_[sale.first_bucket + at];
    if (bucket.sku == to_integer(sku)) return bucket.item;
    if (bucket.sku == 0) return std::nullopt;
  }
}

shown_sales::counts shown_sales::load(const entry& sale, std::uint32_t item,
                                      std::size_t word) const noexcept {
  // atomic_ref of a const type does not exist yet; loading does not change the word.
  auto& at = const_cast<std::uint64_t&>(items_[(sale.first_item + item) * item_words + word]);
  const std::uint64_t both = std::atomic_ref(at).load(std::memory_order_acquire);
  return {static_cast<std::uint32_t>(both), static_cast<std::uint32_t>(both >> 32U)};
}

shown_sales::verdict shown_sales::judge(const reserve_command& what, time_ms now) const noexcept {
  // Before the stock: who sees this settled sees the publication that settled it.
  if (unsettled_[doubt_of(what.sale)].load(std::memory_order_acquire) != 0) return {};
  const entry* sale = find_entry(what.sale);
  if (sale == nullptr) return {.code = outcome::sale_not_found};
  const std::uint64_t version = sale->version.load(std::memory_order_acquire);
  const verdict found = judge_shown(*sale, what, now);
  const bool changed = (version & 1U) != 0 || sale->version.load(std::memory_order_relaxed) != version;
  return changed ? verdict{} : found;
}

shown_sales::verdict shown_sales::judge_shown(const entry& sale, const reserve_command& what,
                                              time_ms now) const noexcept {
  if (sale.withdrawn.load(std::memory_order_acquire)) return {.code = outcome::sale_not_found};
  switch (status_at(*sale.definition, sale.position.load(std::memory_order_acquire), now)) {
    case sale_status::scheduled:
      return {.code = outcome::sale_not_open, .at_ms = sale.definition->opens_at_ms};
    case sale_status::paused:
      return {.code = outcome::sale_paused};
    case sale_status::closed:
      return {.code = outcome::sale_closed};
    case sale_status::open:
      break;
  }
  return judge_stock(sale, what, now);
}

shown_sales::verdict shown_sales::judge_stock(const entry& sale, const reserve_command& what,
                                              time_ms now) const noexcept {
  std::array<std::uint32_t, basket::lines_max> items;
  for (std::size_t i = 0; i < what.lines.size(); ++i) {
    const auto item = item_of(sale, what.lines[i].sku);
    if (!item) return {.code = outcome::sku_not_found};
    items[i] = *item;
  }
  if (sale.limit != 0 && what.lines.units() > sale.limit) return {.code = outcome::limit_exceeded};

  for (std::size_t i = 0; i < what.lines.size(); ++i) {
    const auto [available, held] = load(sale, items[i], 0);
    if (what.lines[i].quantity <= available) continue;
    const time_ms next_expiry = sale.next_expiry_ms.load(std::memory_order_acquire);
    // A hold is due: its units may be back before the board hears of it.
    if (held > 0 && next_expiry <= now) return {};
    verdict refusal{.code = outcome::insufficient, .unless_at_limit = sale.limit != 0};
    if (available == 0) refusal.code = held > 0 ? outcome::all_held : outcome::sold_out;
    if (refusal.code == outcome::all_held) refusal.at_ms = next_expiry;
    return refusal;
  }
  return {};
}

std::optional<board_sale> shown_sales::find(sale_id sale) const {
  const entry* found = find_entry(sale);
  if (found == nullptr) return std::nullopt;
  board_sale copy{sale, found->definition, {}, std::vector<item_stock>(found->item_count), 0};
  while (true) {
    const std::uint64_t version = found->version.load(std::memory_order_acquire);
    const bool withdrawn = found->withdrawn.load(std::memory_order_acquire);
    copy.position = found->position.load(std::memory_order_acquire);
    copy.next_expiry_ms = found->next_expiry_ms.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < found->item_count; ++i) {
      const auto [available, held] = load(*found, i, 0);
      const auto [total, sold] = load(*found, i, 1);
      copy.items[i] = {total, available, held, sold};
    }
    if ((version & 1U) == 0 && found->version.load(std::memory_order_relaxed) == version) {
      if (withdrawn) return std::nullopt;
      return copy;
    }
    std::this_thread::yield();  // the showing thread needs microseconds, if it is running
  }
}

std::vector<sale_id> shown_sales::ids() const {
  std::vector<sale_id> ids;
  for (const entry& each : entries_) {
    const std::uint64_t id = each.id.load(std::memory_order_acquire);
    if (id != 0 && !each.withdrawn.load(std::memory_order_acquire)) ids.push_back(sale_id{id});
  }
  std::ranges::sort(ids);
  return ids;
}

const sale_definition* shown_sales::definition(sale_id sale) const noexcept {
  const entry* found = find_entry(sale);
  return found == nullptr ? nullptr : found->definition.get();
}

// --- showing ---

void shown_sales::show(std::span<const availability_board::change> changes) noexcept {
  entry* sale = find_entry(changes[0].sale);
  const bool is_new = sale == nullptr;
  if (is_new) sale = add(changes[0].sale, changes[0].definition);
  if (sale == nullptr) return;

  // Only this thread stores the version. Everything stored between is stored with release.
  const std::uint64_t version = sale->version.load(std::memory_order_relaxed);
  sale->version.store(version + 1, std::memory_order_relaxed);
  for (const auto& each : changes) store(*sale, each.item, each.stock);
  sale->position.store(changes.back().position, std::memory_order_release);
  sale->next_expiry_ms.store(changes.back().next_expiry_ms, std::memory_order_release);
  sale->withdrawn.store(false, std::memory_order_release);
  sale->version.store(version + 2, std::memory_order_release);
  if (is_new) sale->id.store(to_integer(changes[0].sale), std::memory_order_release);
}

void shown_sales::store(const entry& sale, std::uint32_t item, const item_stock& stock) noexcept {
  assert(item < sale.item_count);
  std::uint64_t* words = &items_[(sale.first_item + item) * item_words];
  std::atomic_ref(words[0]).store(stock.available | std::uint64_t{stock.held} << 32U,
                                  std::memory_order_release);
  std::atomic_ref(words[1]).store(stock.total | std::uint64_t{stock.sold} << 32U, std::memory_order_release);
}

void shown_sales::withdraw(sale_id sale) noexcept {
  if (entry* found = find_entry(sale)) {
    const std::uint64_t version = found->version.load(std::memory_order_relaxed);
    found->version.store(version + 1, std::memory_order_relaxed);
    found->withdrawn.store(true, std::memory_order_release);
    found->version.store(version + 2, std::memory_order_release);
  }
}

// A free entry with all that never changes; it is found once its id is stored. Null if the tables are full,
// which the ledger, having the same bounds, does not let happen.
shown_sales::entry* shown_sales::add(sale_id sale,
                                     const std::shared_ptr<const sale_definition>& definition) noexcept {
  const std::size_t count = definition->items.size();
  const bool fits = sale_count_ < sales_max_ && (items_used_ + count) * item_words <= items_.size() &&
                    buckets_used_ + buckets_for(count) <= buckets_.size();
  assert(fits);
  if (!fits) return nullptr;

  const std::size_t mask = entries_.size() - 1;
  std::size_t at = home_of(to_integer(sale), mask);
  while (entries_[at].id.load(std::memory_order_relaxed) != 0) at = (at + 1) & mask;
  entry& fresh = entries_[at];
  fresh.definition = definition;
  fresh.limit = definition->limit_per_buyer;
  fresh.item_count = static_cast<std::uint32_t>(count);
  fresh.first_item = items_used_;
  fresh.first_bucket = buckets_used_;
  fresh.bucket_mask = buckets_for(count) - 1;
  index_skus(fresh);
  ++sale_count_;
  items_used_ += count;
  buckets_used_ += buckets_for(count);
  return &fresh;
}

void shown_sales::index_skus(entry& sale) noexcept {
  for (std::uint32_t i = 0; i < sale.item_count; ++i) {
    const item_definition& item = sale.definition->items[i];
    std::size_t at = home_of(to_integer(item.sku), sale.bucket_mask);
    while (buckets_[sale.first_bucket + at].sku != 0) at = (at + 1) & sale.bucket_mask;
    buckets_[sale.first_bucket + at] = {to_integer(item.sku), i};
    store(sale, i, {.total = item.stock, .available = item.stock});
  }
}

}  // namespace seckill::inline v1
