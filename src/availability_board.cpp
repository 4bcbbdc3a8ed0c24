#include "engine/seen_filter.hpp"
#include "engine/shown_sales.hpp"
#include "ledger/validate.hpp"
#include <seckill/availability_board.hpp>
#include <seckill/ledger.hpp>

#include <algorithm>
#include <array>

namespace seckill::inline v1 {

class SECKILL_HIDDEN availability_board::state {
 public:
  explicit state(const ledger_params& bounds)
      : quantity_max(bounds.quantity_max), seen(bounds), shown(bounds) {}

  const std::uint32_t quantity_max;
  seen_filter seen;
  shown_sales shown;
  alignas(cache_line) std::atomic<time_ms> now_ms{0};
  alignas(cache_line) std::atomic<std::uint64_t> epoch{0};
};

availability_board::availability_board(const ledger_params& bounds)
    : state_(std::make_unique<state>(bounds)) {}
availability_board::~availability_board() = default;

std::optional<answer> availability_board::refuse(const reserve_command& what, time_ms now) const noexcept {
  if (!well_formed(what, state_->quantity_max)) return answer{.code = outcome::invalid_request};
  now = std::max(now, state_->now_ms.load(std::memory_order_relaxed));
  // The filter's lines are on their way while the stock is looked at.
  const std::uint64_t request = state_->seen.hash(what.request);
  const std::uint64_t buyer = state_->seen.hash(what.sale, what.buyer);
  state_->seen.prefetch(request);
  state_->seen.prefetch(buyer);
  const shown_sales::verdict verdict = state_->shown.judge(what, now);
  if (verdict.code == outcome::reserved) return std::nullopt;
  // The filter after the stock: who sees a stock sees every request that made it so.
  if (state_->seen.may_contain(request)) return std::nullopt;
  if (verdict.unless_at_limit && state_->seen.may_contain(buyer)) return std::nullopt;
  return answer{.code = verdict.code, .at_ms = verdict.at_ms};
}

std::optional<board_sale> availability_board::find_sale(sale_id sale) const {
  return state_->shown.find(sale);
}

std::vector<sale_id> availability_board::sales() const { return state_->shown.ids(); }

const sale_definition* availability_board::definition(sale_id sale) const noexcept {
  return state_->shown.definition(sale);
}

std::uint64_t availability_board::epoch() const noexcept {
  return state_->epoch.load(std::memory_order_acquire);
}

void availability_board::accept(request_id request, sale_id sale, buyer_id buyer) noexcept {
  state_->seen.insert(state_->seen.hash(request));
  state_->seen.insert(state_->seen.hash(sale, buyer));
}

void availability_board::accept(request_id request) noexcept {
  state_->seen.insert(state_->seen.hash(request));
}

void availability_board::prefetch(const reserve_command& what) const noexcept {
  state_->seen.prefetch(state_->seen.hash(what.request));
  state_->seen.prefetch(state_->seen.hash(what.sale, what.buyer));
}

void availability_board::maintain(const ledger& known) noexcept { state_->seen.maintain(known); }

void availability_board::observe(time_ms now) noexcept {
  // One thread stores; most turns are within the same millisecond and leave the readers' cache line alone.
  if (now > state_->now_ms.load(std::memory_order_relaxed))
    state_->now_ms.store(now, std::memory_order_relaxed);
}

void availability_board::unsettle(sale_id sale) noexcept { state_->shown.unsettle(sale); }

void availability_board::publish(std::span<const change> batch, bool settles) noexcept {
  while (!batch.empty()) {
    const auto other =
        std::ranges::find_if(batch, [&](const change& each) { return each.sale != batch[0].sale; });
    const auto count = static_cast<std::size_t>(other - batch.begin());
    state_->shown.show(batch.first(count));
    if (settles) state_->shown.settle(batch[0].sale);
    batch = batch.subspan(count);
  }
  state_->epoch.fetch_add(1, std::memory_order_release);
}

void availability_board::reset(const ledger& known) {
  const std::vector<sale_id> there = known.sales();
  for (const sale_id shown : sales())
    if (!std::ranges::binary_search(there, shown)) state_->shown.withdraw(shown);
  for (const sale_id each : there) {
    const sale_view sale = known.find_sale(each).value();
    std::vector<change> all;
    for (std::size_t i = 0; i < sale.items.size(); ++i)
      all.push_back({each, static_cast<std::uint16_t>(i), sale.position, sale.items[i], sale.next_expiry_ms,
                     sale.definition});
    publish(all);
  }
  observe(known.now_ms());
  state_->seen.insert_all(known);
}

}  // namespace seckill::inline v1
