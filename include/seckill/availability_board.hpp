#pragma once

#include <seckill/command.hpp>
#include <seckill/export.hpp>
#include <seckill/ledger_params.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace seckill::inline v1 {

/// A sale as the board shows it: a copy, consistent per item.
struct board_sale {
  sale_id sale{};
  std::shared_ptr<const sale_definition> definition;
  sale_switch position{};
  std::vector<item_stock> items;  ///< in the definition's order
  time_ms next_expiry_ms = 0;     ///< deadline of the oldest hold; 0: none
};

class ledger;

/// What any thread may know of a ledger without asking it: which sales there are, and what is left.
///
/// It shows only what is durable at the engine's level, and lags the ledger by at most the frame in flight.
/// It refuses a hopeless reserve in nanoseconds, with the very answer that the ledger would give, and stays
/// silent whenever the ledger might say something else: if the request may be a repetition, or the buyer may
/// be at the limit (a Bloom filter of accepted request ids and of buyers with units decides), or if there may
/// be stock. So the refusal ends by itself when stock comes back, and a lost reply is never answered with
/// sold_out.
///
/// Threads: refuse() and the reads from any thread, refuse() wait-free; accept() by the ledger's thread,
/// publish() by one thread at a time.
class SECKILL_EXPORT availability_board {
 public:
  explicit availability_board(const ledger_params& bounds);
  availability_board(const availability_board&) = delete;
  availability_board& operator=(const availability_board&) = delete;
  ~availability_board();

  /// The refusal that `what` gets at `now`, or nothing: then the ledger must decide.
  [[nodiscard]] std::optional<answer> refuse(const reserve_command& what, time_ms now) const noexcept;

  [[nodiscard]] std::optional<board_sale> find_sale(sale_id sale) const;
  [[nodiscard]] std::vector<sale_id> sales() const;
  /// The definition of a published sale, or null. Valid as long as the board.
  [[nodiscard]] const sale_definition* definition(sale_id sale) const noexcept;
  /// Grows with every publication: unchanged means that nothing shown has changed.
  [[nodiscard]] std::uint64_t epoch() const noexcept;

  /// Remembers an accepted reserve. Called by the ledger's thread before its effect can be published.
  void accept(request_id request, sale_id sale, buyer_id buyer) noexcept;

  /// A change to show. `definition` is set for a new sale only.
  struct change {
    sale_id sale{};
    std::uint16_t item = 0;
    sale_switch position{};
    item_stock stock;
    time_ms next_expiry_ms = 0;
    std::shared_ptr<const sale_definition> definition;
  };
  void publish(const change& what) noexcept;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
