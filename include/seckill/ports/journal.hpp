#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/ledger_identity.hpp>
#include <seckill/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// An encoded frame (frame.hpp) and the sequence that it starts with. The journal does not look into the
/// bytes.
struct stored_frame {
  std::uint64_t first_sequence = 0;
  std::span<const std::byte> bytes{};
};

/// How far the consumer of that name is done with the events.
struct journal_cursor {
  std::string name{};
  std::uint64_t sequence = 0;
};

/// Reads frames forward. Threads: one at a time; may run beside the writer, and sees at least the frames
/// whose append had returned when next() was called. Must not outlive its journal.
class frame_reader {
 public:
  virtual ~frame_reader() = default;
  /// The next frame, or nothing at the present end; may be called again later. The bytes are valid until the
  /// next call. Errors: failure::retryable when reading failed; errc::corrupt_data when the storage finds
  /// them damaged.
  [[nodiscard]] virtual result<std::optional<stored_frame>> next() = 0;
};

/// A snapshot being written. Destroyed without commit() it leaves nothing. Must not outlive its journal.
class snapshot_writer : public snapshot_sink {
 public:
  /// Makes it durable and visible, wholly or not at all, and with it every frame appended before; replaces an
  /// older one of the same sequence. To be called once, last.
  [[nodiscard]] virtual result<void> commit() = 0;
};

/// PORT. One ledger's sequence of frames, its snapshots and its readers' cursors, on some storage.
///
/// Guarantees of every implementation (tests/conformance proves them):
/// - a frame is wholly there or not at all; frames read back byte for byte, in order of first_sequence;
/// - what append() acknowledged survives the process; what was appended before an acknowledged sync()
///   survives the machine, and of what was appended after it a prefix; a failed call may have stored any prefix
///   of its frames;
/// - after a failed append() or sync() nobody knows what is stored, so both fail from then on: open the
///   journal again to know;
/// - neither a cursor nor a snapshot outlives the frames below it;
/// - one user at a time: a second one is refused with errc::already_open.
///
/// Threads: append() and cut() by one thread, sync() by one thread (the same or another); everything else
/// by any number beside them. Implementations: memory_journal, faulty_journal, adapters/rocksdb.
class journal {
 public:
  virtual ~journal() = default;

  /// Whose history this is. Nothing: it was never stated, because the journal is new. A zero fleet: format 1 made the
  /// journal, and its shard is not known.
  [[nodiscard]] virtual result<std::optional<ledger_identity>> identity() = 0;
  /// States, durably, whose it is from now on. Before the first append. REQUIRES: a fleet that is not zero.
  /// Errors: errc::invalid_argument if it states another one.
  [[nodiscard]] virtual result<void> adopt(const ledger_identity& whose) = 0;

  /// Errors: errc::invalid_argument, and nothing is stored, unless first_sequence ascends above every stored
  /// one; errc::storage_full; errc::storage_failed.
  [[nodiscard]] virtual result<void> append(std::span<const stored_frame> frames) = 0;
  /// Makes durable what was appended before the call.
  [[nodiscard]] virtual result<void> sync() = 0;

  /// Starts at the last frame whose first_sequence is at or below `sequence` (it contains `sequence`, if any
  /// does), or at the first frame if there is none such.
  [[nodiscard]] virtual result<std::unique_ptr<frame_reader>> read_from(std::uint64_t sequence) = 0;
  /// Removes, durably, every frame that starts at or after `sequence`: for a torn tail, before the first
  /// append.
  [[nodiscard]] virtual result<void> cut(std::uint64_t sequence) = 0;
  /// Removes frames that lie wholly below `sequence`, but never the last one; may keep some longer.
  [[nodiscard]] virtual result<void> trim(std::uint64_t sequence) = 0;

  /// Snapshots are named by the last sequence they contain.
  [[nodiscard]] virtual result<std::unique_ptr<snapshot_writer>> write_snapshot(std::uint64_t sequence) = 0;
  /// Committed ones, newest first.
  [[nodiscard]] virtual result<std::vector<std::uint64_t>> snapshots() = 0;
  /// The source may be read to its end even if the snapshot is dropped meanwhile.
  /// Errors: errc::not_found; errc::version_unsupported; errc::corrupt_data, also from the source.
  [[nodiscard]] virtual result<std::unique_ptr<snapshot_source>> read_snapshot(std::uint64_t sequence) = 0;
  /// Dropping what is not there is no error.
  [[nodiscard]] virtual result<void> drop_snapshot(std::uint64_t sequence) = 0;

  /// A feed's cursor: the last sequence that its consumer is done with; 0 for a name never saved.
  /// Names: 1 to 64 of [a-z0-9_-]; others are errc::invalid_argument.
  [[nodiscard]] virtual result<std::uint64_t> cursor(std::string_view name) = 0;
  /// Saves it durably, and with it every frame appended before.
  [[nodiscard]] virtual result<void> save_cursor(std::string_view name, std::uint64_t sequence) = 0;
  /// Forgets a cursor, durably, so that it holds nothing back any more. Unknown ones are no error.
  [[nodiscard]] virtual result<void> drop_cursor(std::string_view name) = 0;
  /// Every saved cursor, by name.
  [[nodiscard]] virtual result<std::vector<journal_cursor>> cursors() = 0;
};

/// True for a name that a cursor may have.
[[nodiscard]] SECKILL_EXPORT bool is_cursor_name(std::string_view name) noexcept;

}  // namespace seckill::inline v1
