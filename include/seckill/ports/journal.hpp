#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// An encoded frame (frame.hpp) and the sequences it covers. The journal does not look into the bytes.
struct stored_frame {
  std::uint64_t first_sequence = 0;
  std::span<const std::byte> bytes;
};

/// Reads frames forward. Threads: one at a time; may run beside the writer, and sees at least the frames
/// whose append had returned when next() was called.
class frame_reader {
 public:
  virtual ~frame_reader() = default;
  /// The next frame, or nothing at the present end; may be called again later. The bytes are valid until the
  /// next call. Errors: failure::retryable when reading failed.
  [[nodiscard]] virtual result<std::optional<stored_frame>> next() = 0;
};

/// A snapshot being written. Destroyed without commit() it leaves nothing.
class snapshot_writer : public snapshot_sink {
 public:
  /// Makes it durable and visible, wholly or not at all.
  [[nodiscard]] virtual result<void> commit() = 0;
};

/// PORT. One ledger's sequence of frames, its snapshots and its readers' cursors, on some storage.
///
/// Guarantees of every implementation (tests/conformance proves them):
/// - a frame is wholly there or not at all; frames read back byte for byte, in order of first_sequence;
/// - what append() acknowledged survives the process; what was appended before an acknowledged sync()
/// survives the
///   machine; a failed call may have stored any prefix of its frames;
/// - one user at a time: a second one is refused with errc::already_open.
///
/// Threads: append() and sync() by one thread; everything else by any number beside it.
/// Implementations: memory_journal, faulty_journal, adapters/rocksdb.
class journal {
 public:
  virtual ~journal() = default;

  /// REQUIRES: ascending first_sequence, above every stored one.
  [[nodiscard]] virtual result<void> append(std::span<const stored_frame> frames) = 0;
  [[nodiscard]] virtual result<void> sync() = 0;

  /// Starts at the frame that contains `sequence`, or at the first one after it.
  [[nodiscard]] virtual result<std::unique_ptr<frame_reader>> read_from(std::uint64_t sequence) = 0;
  /// Removes, durably, every frame that starts at or after `sequence`: for a torn tail, before the first
  /// append.
  [[nodiscard]] virtual result<void> cut(std::uint64_t sequence) = 0;
  /// Removes frames that lie wholly below `sequence`; may keep some longer.
  [[nodiscard]] virtual result<void> trim(std::uint64_t sequence) = 0;

  /// Snapshots are named by the last sequence they contain.
  [[nodiscard]] virtual result<std::unique_ptr<snapshot_writer>> write_snapshot(std::uint64_t sequence) = 0;
  /// Committed ones, newest first.
  [[nodiscard]] virtual result<std::vector<std::uint64_t>> snapshots() = 0;
  [[nodiscard]] virtual result<std::unique_ptr<snapshot_source>> read_snapshot(std::uint64_t sequence) = 0;
  [[nodiscard]] virtual result<void> drop_snapshot(std::uint64_t sequence) = 0;

  /// A feed's cursor: the last sequence that its consumer has done with; 0 for a name never saved.
  /// Saved durably. Names: 1 to 64 of [a-z0-9_-].
  [[nodiscard]] virtual result<std::uint64_t> cursor(std::string_view name) = 0;
  [[nodiscard]] virtual result<void> save_cursor(std::string_view name, std::uint64_t sequence) = 0;
};

}  // namespace seckill::inline v1
