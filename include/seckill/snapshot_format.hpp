#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// Turns a snapshot's chunks into the bytes of its file, for journals that store one. Every piece carries a
/// checksum over its length, index and bytes, keyed by the snapshot's sequence, and an end marker tells whole
/// from torn. Format: docs/internals/journal_format.md. Threads: one at a time. Spans are valid until the
/// next call.
class SECKILL_EXPORT snapshot_encoder {
 public:
  static constexpr std::uint16_t version = 1;
  /// Of every encoded piece, at most.
  static constexpr std::size_t piece_bytes_max = snapshot_chunk_max + 16;

  explicit snapshot_encoder(std::uint64_t sequence) : sequence_(sequence) {}

  /// First.
  [[nodiscard]] std::span<const std::byte> head();
  /// Errors: errc::invalid_argument if the chunk is empty or longer than snapshot_chunk_max.
  [[nodiscard]] result<std::span<const std::byte>> chunk(std::span<const std::byte> bytes);
  /// Last.
  [[nodiscard]] std::span<const std::byte> end();

 private:
  std::span<const std::byte> piece(std::span<const std::byte> bytes);

  std::uint64_t sequence_;
  std::uint32_t index_ = 0;
  std::vector<std::byte> buffer_;
};

/// Fills the span with the next bytes of the file; says how many there were, fewer only at the end of the
/// file.
using snapshot_bytes = std::function<result<std::size_t>(std::span<std::byte>)>;

/// Reads the chunks back and passes on none that is not exactly what was written.
/// Errors: errc::version_unsupported at once; errc::corrupt_data at once or from the source; those of
/// `bytes`.
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<snapshot_source>> decode_snapshot(std::uint64_t sequence,
                                                                                      snapshot_bytes bytes);

}  // namespace seckill::inline v1
