// Recomputes from the records what the running sums claim.
#include "state.hpp"

#include <map>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

class auditor {
 public:
  explicit auditor(const ledger::state& audited) : state_(audited) {}

  std::vector<std::string> run() {
    for (std::size_t i = 0; i < state_.sales.size(); ++i)
      counted_.emplace_back(state_.sales[static_cast<std::uint16_t>(i)].stock.size());
    for (slot at = 1; at <= state_.records.used(); ++at) count(at);
    compare_stock();
    compare_buyers();
    std::size_t held = 0;
    for (std::size_t i = 0; i < state_.sales.size(); ++i) {
      const sale_entry& sale = state_.sales[static_cast<std::uint16_t>(i)];
      held += sale.holds.count;
      walk(sale.holds, "holds of sale " + std::to_string(to_integer(sale.id)),
           [&](const record& each) { return each.state == record_state::held && each.sale == i; });
    }
    require(held == held_, "every hold is in its sale's queue");
    require(state_.live == held_, "the count of live reservations is right");
    require(state_.finished.count == finished_, "every finished reservation is in the queue of them");
    require(state_.tombstones.count == tombstones_, "every tombstone is in the queue of them");
    walk(state_.finished, "finished", [](const record& each) { return is_finished(each.state); });
    walk(state_.tombstones, "tombstones",
         [](const record& each) { return each.state == record_state::tombstone; });
    return std::move(faults_);
  }

 private:
  void require(bool truth, const std::string& claim) {
    if (!truth) faults_.push_back("not so: " + claim);
  }

  void count(slot at) {
    const record& each = state_.records[at];
    held_ += each.state == record_state::held ? 1U : 0U;
    finished_ += is_finished(each.state) ? 1U : 0U;
    tombstones_ += each.state == record_state::tombstone ? 1U : 0U;
    require(state_.requests.find(each.request, state_.records).at == at,
            "record " + std::to_string(at) + " is found by its request id");
    if (!owns_units(each.state)) return;
    for (std::size_t i = 0; i < each.line_count; ++i) {
      const record_line& line = state_.records.line(at, i);
      item_stock& stock = counted_[each.sale][line.item];
      (each.state == record_state::held ? stock.held : stock.sold) += line.kept;
      units_[{each.sale, each.buyer}] += line.kept;
    }
  }

  void compare_stock() {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counted_.size(); ++i) {
      const sale_entry& sale = state_.sales[static_cast<std::uint16_t>(i)];
      for (std::size_t item = 0; item < sale.stock.size(); ++item) {
        const item_stock& claimed = sale.stock[item];
        const std::string where =
            "sale " + std::to_string(to_integer(sale.id)) + " item " + std::to_string(item) + ": ";
        require(claimed.balanced(), where + "available + held + sold = total");
        require(claimed.held == counted_[i][item].held, where + "held is what is held");
        require(claimed.sold == counted_[i][item].sold, where + "sold is what is sold");
        total += claimed.total;
      }
    }
    require(total == state_.stock_total, "the units of all sales add up");
  }

  void compare_buyers() {
    std::size_t claimed = 0;
    state_.buyers.for_each([&](std::uint16_t sale, std::uint64_t buyer, std::uint32_t units) {
      ++claimed;
      const auto found = units_.find({sale, buyer});
      require(found != units_.end() && found->second == units,
              "buyer " + std::to_string(buyer) + " has as many units as counted");
    });
    require(claimed == units_.size(), "every buyer with units is counted");
  }

  template <typename Belongs>
  void walk(const slot_queue& queue, const std::string& name, Belongs&& belongs) {
    std::size_t seen = 0;
    time_ms before = 0;
    for (slot at = queue.head; at != 0 && seen <= queue.count; at = state_.records[at].next, ++seen) {
      require(belongs(state_.records[at]), "queue of " + name + " has no strangers");
      if (state_.records[at].state == record_state::held)
        require(std::exchange(before, state_.records[at].expires_at_ms) <= state_.records[at].expires_at_ms,
                "queue of " + name + " is in order of deadlines");
    }
    require(seen == queue.count, "queue of " + name + " is as long as it says");
  }

  const ledger::state& state_;
  std::vector<std::vector<item_stock>> counted_;
  std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint64_t> units_;
  std::size_t held_ = 0;
  std::size_t finished_ = 0;
  std::size_t tombstones_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> ledger::state::audit() const { return auditor(*this).run(); }

}  // namespace seckill::inline v1
