#pragma once

#include <seckill/engine.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1::http {

/// Sees what of the shown stock changes, by looking at the boards now and then. Threads: one.
class stock_watch {
 public:
  explicit stock_watch(const engine& sales) : sales_(sales) {}

  /// Told of a changed sale, as the text of its event.
  using sink = std::function<void(sale_id sale, std::string_view event)>;

  /// Tells every sale that shows something else than at the last look: stock, or a status that time changed.
  void look(time_ms now, const sink& tell);

  /// Appends the events of the whole state, or of one sale.
  void append_state(std::string& out, time_ms now, sale_id only) const;

  /// Grows with everything shown: the id of events.
  [[nodiscard]] std::uint64_t epoch() const;

 private:
  struct shown {
    sale_status status{};
    std::vector<item_stock> items;
  };
  void look_at(const board_sale& sale, time_ms now, const sink& tell);

  const engine& sales_;
  std::map<sale_id, shown> last_;
  std::uint64_t seen_epoch_ = 0;
  time_ms next_turn_ms_ = 0;  ///< when the time alone changes a status; at first always
  std::string data_;
  std::string event_;
};

}  // namespace seckill::inline v1::http
