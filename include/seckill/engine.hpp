#pragma once

#include <seckill/availability_board.hpp>
#include <seckill/command.hpp>
#include <seckill/engine_params.hpp>
#include <seckill/error.hpp>
#include <seckill/event_feed.hpp>
#include <seckill/export.hpp>
#include <seckill/ledger.hpp>
#include <seckill/ledger_identity.hpp>
#include <seckill/ports/journal.hpp>
#include <seckill/ports/time_source.hpp>
#include <seckill/system_time_source.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// Where an answer goes: called exactly once, with no allocation. It must return quickly and must not wait
/// for the engine: it runs on an engine thread, or, for an answer known at once or decided there (at
/// durability::memory), on the submitting thread before submit() returns; never on the thread of another submitter.
struct completion {
  void (*done)(void* context, const answer& reply) noexcept = nullptr;
  void* context = nullptr;
};

struct submission {
  command what{};
  completion then{};
  std::optional<durability> level{};  ///< default: engine_params::level
};

enum class engine_state : std::uint8_t {
  serving = 0,
  failed = 1,  ///< a journal failed: commands to its shard are unavailable, reads go on; restart to recover
  stopped = 2,
};

struct shard_stats {
  bool failed = false;
  std::uint64_t last_sequence = 0;     ///< of the last event decided
  std::uint64_t durable_sequence = 0;  ///< of the last event that is durable at the engine's level
  std::uint64_t frames = 0;            ///< appended since the start
  std::uint64_t syncs = 0;
  std::uint32_t queued = 0;  ///< submissions in the ring
  std::uint32_t batches_in_flight = 0;
  std::uint64_t live = 0;               ///< reservations held
  std::uint64_t snapshot_sequence = 0;  ///< of the newest snapshot; 0: none
  std::string snapshot_failure{};       ///< why the last attempt at one failed, if it did
};

struct engine_stats {
  engine_state state{};
  std::string failure{};  ///< why, if failed
  std::array<std::uint64_t, outcome_count>
      answers{};  ///< given since the start, by outcome; board's refusals too
  std::uint64_t replays = 0;
  std::uint64_t board_refusals = 0;  ///< of the answers, those that the board gave without the ledger
  std::vector<shard_stats> shards{};
  time_status time{};  ///< an alarm does not stop the engine: see time_state
};

/// Ledgers at work: takes commands from any thread, decides them in order, makes them durable in batches, and
/// answers.
///
/// Guarantees:
/// - an answer is given when everything it reveals is durable at the level asked for; answers of one level
///   leave in the order of decision; what was acknowledged is never lost to what its level survives, what was not is wholly
///   there or not at all;
/// - a full ring answers `overloaded` at once; a shard whose journal failed, or a stopped engine, answers
///   `unavailable`: the command may or may not have happened, and the same request id is safe after a
///   restart;
/// - open() recovers: newest good snapshot, then the frames after it. A torn tail is cut; damage before the
/// tail
///   is an error that says what is lost;
/// - journals of different installations, of other shards, or new ones among others with a history are refused, and a
///   refused open() has changed nothing in any of them. New journals are given a common identity, drawn at random;
/// - stop() and the destructor decide and answer everything submitted before.
///
/// Threads: all members from any thread, but open feeds from one each. Ownership: owns the journals; the
/// time source must outlive it. One shard per journal; a sale lives in one shard for ever, so the journals' number
/// and order are fixed by the first open() and checked by every later one. docs/concepts/engine.md tells how
/// it works.
class SECKILL_EXPORT engine {
 public:
  /// Errors: errc::invalid_argument naming the parameter; those of recovery: errc::corrupt_data and
  /// errc::missing_data naming the lost sequences, errc::capacity_exceeded, errc::invalid_argument for
  /// journals in another number or order, and those of the journals.
  [[nodiscard]] static result<std::unique_ptr<engine>> open(const engine_params& params,
                                                            std::vector<std::unique_ptr<journal>> journals,
                                                            const time_source& time);
  virtual ~engine() = default;

  /// The primitive: one command, one completion.
  virtual void submit(const submission& what) = 0;
  /// The same for many, cheaper for each.
  virtual void submit(std::span<const submission> batch) = 0;
  /// Blocks until the answer is there. Not from a completion.
  [[nodiscard]] answer execute(const command& what, std::optional<durability> level = {});
  [[nodiscard]] std::future<answer> post(const command& what, std::optional<durability> level = {});

  /// Runs `look` on the shard's thread, between two commands, and `then` when what it saw is durable at the
  /// engine's level. Both must be quick. `then` is told `applied`; or `overloaded` when the ring is full, or
  /// `unavailable` when the engine stopped or the journal failed: then `look` was skipped, or what it saw
  /// never became durable. On a failed shard later reads see the durable state.
  virtual void read(std::uint8_t shard, std::function<void(const ledger&)> look,
                    std::function<void(outcome)> then) = 0;
  /// Blocks. The reservation, if it is known. Errors: failure::retryable when it could not be read now.
  [[nodiscard]] result<std::optional<reservation_view>> find(reservation_id reservation);

  /// What is published of a sale; what is published of all, ascending. Never blocks.
  [[nodiscard]] virtual std::optional<board_sale> find_sale(sale_id sale) const = 0;
  [[nodiscard]] virtual std::vector<sale_id> sales() const = 0;
  /// The installation whose journals these are.
  [[nodiscard]] virtual fleet_id fleet() const noexcept = 0;
  [[nodiscard]] virtual std::uint8_t shard_count() const noexcept = 0;
  [[nodiscard]] virtual std::uint8_t shard_of(sale_id sale) const noexcept = 0;
  [[nodiscard]] virtual const availability_board& board(std::uint8_t shard) const = 0;

  /// The events of a shard for the consumer of that name, from its cursor on; a new name starts at the oldest
  /// event still stored and holds back trimming from now on. Errors: those of the journal; already_open if in
  /// use; invalid_argument for a bad shard or name.
  [[nodiscard]] virtual result<std::unique_ptr<event_feed>> open_feed(std::uint8_t shard,
                                                                      std::string_view name) = 0;

  /// Moves the cursor of a feed that is not open back to `sequence`, so that the events after it are delivered again;
  /// no effect if the cursor is not above it. For a consumer that was restored from an older copy. Errors:
  /// errc::missing_data, naming the oldest event that is left, if the journal no longer has those events; those of
  /// open_feed().
  [[nodiscard]] virtual result<void> rewind_feed(std::uint8_t shard, std::string_view name,
                                                 std::uint64_t sequence) = 0;
  /// Forgets a consumer, so that its cursor holds nothing back any more. Errors: those of open_feed().
  [[nodiscard]] virtual result<void> drop_feed(std::uint8_t shard, std::string_view name) = 0;

  /// Writes a snapshot beside the traffic, then trims; returns when done.
  [[nodiscard]] virtual result<void> snapshot(std::uint8_t shard) = 0;
  [[nodiscard]] virtual engine_stats stats() const = 0;
  /// Ledger time: the time that commands are decided by, the same for all shards. It goes on with the elapsed
  /// time and never back, whatever the wall clock does: docs/concepts/time.md. Never blocks.
  [[nodiscard]] virtual time_ms now_ms() const noexcept = 0;
  /// An operator says that the wall clock is right. If it is ahead, ledger time steps forward to it, and
  /// whatever is due by then ends; if it is behind, ledger time runs slower until it is caught up.
  virtual time_status accept_wall_clock() = 0;
  /// Makes every shard look at the time now; needed only with a manual_time_source, after moving it.
  virtual void tick() = 0;
  /// Refuses new commands, finishes the others. Idempotent.
  virtual void stop() = 0;
};

}  // namespace seckill::inline v1
