#include "stock_watch.hpp"

#include "../api/event_text.hpp"
#include "../api/render_views.hpp"

#include <algorithm>
#include <limits>

namespace seckill::inline v1::http {

std::uint64_t stock_watch::epoch() const {
  std::uint64_t sum = 0;
  for (std::uint8_t shard = 0; shard < sales_.shard_count(); ++shard) sum += sales_.board(shard).epoch();
  return sum;
}

void stock_watch::look(time_ms now, const sink& tell) {
  const std::uint64_t epoch_now = epoch();  // before the sales: a later change is seen the next time
  if (epoch_now == seen_epoch_ && now < next_turn_ms_) return;
  seen_epoch_ = epoch_now;
  next_turn_ms_ = std::numeric_limits<time_ms>::max();
  for (const sale_id id : sales_.sales()) {
    if (const auto sale = sales_.find_sale(id)) look_at(*sale, now, tell);
  }
}

void stock_watch::look_at(const board_sale& sale, time_ms now, const sink& tell) {
  for (const time_ms turn : {sale.definition->opens_at_ms, sale.definition->closes_at_ms}) {
    if (turn > now) next_turn_ms_ = std::min(next_turn_ms_, turn);
  }
  const sale_status status = status_at(*sale.definition, sale.position, now);
  shown& last = last_[sale.sale];
  if (last.status == status && last.items == sale.items) return;
  last.status = status;
  last.items = sale.items;
  data_.clear();
  event_.clear();
  render_stock(data_, sale, now);
  append_event(event_, "stock", seen_epoch_, data_);
  tell(sale.sale, event_);
}

void stock_watch::append_state(std::string& out, time_ms now, sale_id only) const {
  const std::uint64_t id = epoch();
  std::string data;
  const auto append = [&](sale_id which) {
    const auto sale = sales_.find_sale(which);
    if (!sale) return;
    data.clear();
    render_stock(data, *sale, now);
    append_event(out, "stock", id, data);
  };
  if (only != sale_id{}) return append(only);
  for (const sale_id each : sales_.sales()) append(each);
}

}  // namespace seckill::inline v1::http
