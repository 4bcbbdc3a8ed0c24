#pragma once

#include <seckill/error.hpp>

#include <cstddef>
#include <span>

namespace seckill::inline v1 {

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
