#pragma once

#include <seckill/command.hpp>
#include <seckill/export.hpp>
#include <seckill/ledger_params.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// A sale as the board shows it.
struct board_sale {
  sale_id sale{};
  std::shared_ptr<const sale_definition> definition{};
  sale_switch position{};
  std::vector<item_stock> items{};  ///< in the definition's order
  time_ms next_expiry_ms = 0;       ///< deadline of the oldest hold; 0: none
};

class ledger;

/// What any thread may know of a ledger without asking it: which sales there are, and what is left.
///
/// It shows only what is durable at the engine's level, and lags the ledger by at most the frames in flight.
/// It refuses a hopeless reserve in nanoseconds, with the very answer that the ledger would give, and stays
/// silent whenever the ledger might say something else: if the request may be a repetition, or the buyer may
/// be at the limit (a Bloom filter of accepted request ids and of buyers with units decides), if a hold is
/// due to end, or if there may be stock. So the refusal ends by itself when stock comes back, and a lost
/// reply is never answered with sold_out.
///
/// Memory: about 6 bytes per unit of stock_max, and 24 per item. Threads: refuse() and the reads from any
/// thread, refuse() wait-free; the members for the engine as each says.
class SECKILL_EXPORT availability_board {
 public:
  explicit availability_board(const ledger_params& bounds);
  availability_board(const availability_board&) = delete;
  availability_board& operator=(const availability_board&) = delete;
  ~availability_board();

  /// The refusal that `what` gets at `now`, or nothing: then the ledger must decide.
  [[nodiscard]] std::optional<answer> refuse(const reserve_command& what, time_ms now) const noexcept;

  /// A copy, consistent over the whole sale.
  [[nodiscard]] std::optional<board_sale> find_sale(sale_id sale) const;
  /// Of every published sale, ascending.
  [[nodiscard]] std::vector<sale_id> sales() const;
  /// The definition of a published sale, or null. Valid as long as the board.
  [[nodiscard]] const sale_definition* definition(sale_id sale) const noexcept;
  /// Grows with every publication: unchanged means that nothing shown has changed.
  [[nodiscard]] std::uint64_t epoch() const noexcept;

  // For the engine. One thread at a time decides and remembers; one thread at a time publishes; they may
  // differ.

  /// Remembers an accepted reserve, or any other accepted command that has a request id. Called by the
  /// deciding thread before the command's effect can be published or its answer given.
  void accept(request_id request, sale_id sale, buyer_id buyer) noexcept;
  void accept(request_id request) noexcept;
  /// Starts loading the memory that accept() of this reserve will need. Called by the deciding thread.
  void prefetch(const reserve_command& what) const noexcept;
  /// Does a bounded piece of keeping the filter as small as what `known` remembers, if anything is due.
  /// Called by the deciding thread between commands, with the ledger that decides.
  void maintain(const ledger& known) noexcept;
  /// Time as the deciding thread sees it: an earlier `now` of refuse() counts as this one, as in the ledger.
  void observe(time_ms now) noexcept;
  /// Says that answers about a change to `sale`, which may be a new one, leave before it is published: until
  /// a publication settles it, the board does not refuse for this sale. By the deciding thread.
  void unsettle(sale_id sale) noexcept;

  /// The stock of an item and the state of its sale, to be shown.
  struct change {
    sale_id sale{};
    std::uint16_t item = 0;
    sale_switch position{};
    item_stock stock;
    time_ms next_expiry_ms = 0;
    std::shared_ptr<const sale_definition> definition;
  };
  /// Shows the changes; neighbours of one sale become visible together. `settles`: unsettle() was called once
  /// for each sale in the batch. Of a sale not shown before, items without a change have the stock of the
  /// definition.
  void publish(std::span<const change> batch, bool settles = false) noexcept;
  /// Shows and remembers exactly this ledger: after recovery. By one thread that alone decides and publishes.
  void reset(const ledger& known);

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
