#pragma once

#include <seckill/error.hpp>
#include <seckill/ids.hpp>
#include <seckill/ledger_identity.hpp>

#include <cstddef>
#include <span>

namespace seckill::inline v1 {

/// What a snapshot says besides the state of its ledger: whose it is, which frame it continues, and when that was. No
/// answer depends on it.
struct snapshot_stamp {
  ledger_identity identity{};  ///< its fleet is zero in a snapshot of version 1
  frame_link last{};           ///< of the last frame that it covers
  time_ms at_ms = 0;           ///< the ledger's time
  time_ms wall_ms = 0;         ///< what the machine's clock said when the last frame was written

  friend bool operator==(const snapshot_stamp&, const snapshot_stamp&) = default;
};

/// Where a ledger writes its state: chunks of at most snapshot_chunk_max bytes, in order.
class snapshot_sink {
 public:
  virtual ~snapshot_sink() = default;
  [[nodiscard]] virtual result<void> write(std::span<const std::byte> chunk) = 0;
};

/// Where a ledger reads its state from: the same chunks in the same order; an empty one ends them. The bytes
/// are valid until the next call.
class snapshot_source {
 public:
  virtual ~snapshot_source() = default;
  [[nodiscard]] virtual result<std::span<const std::byte>> read() = 0;
};

inline constexpr std::size_t snapshot_chunk_max = std::size_t{1} << 20U;

}  // namespace seckill::inline v1
