#pragma once

#include <seckill/error.hpp>
#include <seckill/event_buffer.hpp>
#include <seckill/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// Whose frame it is. Every frame says so, because neither may change between two opens: another count would
/// look for sales in the wrong ledger, and swapped journals would mix two histories.
struct frame_origin {
  std::uint8_t shard = 0;
  std::uint8_t shard_count = 1;  ///< above shard

  friend constexpr bool operator==(const frame_origin&, const frame_origin&) = default;
};

/// A frame is what a journal stores: the events of one batch, wholly there or not at all.
/// 48-byte header (little endian: magic, version, shard, shard count, first sequence, count, body size, time,
/// checksum), then the body.
struct frame_header {
  static constexpr std::size_t size = 48;
  static constexpr std::uint32_t magic = 0x464b4353;  // "SCKF"
  static constexpr std::uint16_t version = 1;

  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;  ///< events
  std::uint32_t body_bytes = 0;
  time_ms at_ms = 0;
  frame_origin origin{};

  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return first_sequence + count - 1; }
};

/// A frame whose header and checksum were found good. The bytes belong to whoever stored them.
struct frame {
  frame_header header{};
  std::span<const std::byte> body{};

  [[nodiscard]] event_reader events() const { return {body, header.first_sequence, header.at_ms}; }
};

/// Writes header and body into `into`, replacing its contents.
SECKILL_EXPORT void encode_frame(const event_buffer& events, std::uint64_t first_sequence, time_ms at_ms,
                                 std::vector<std::byte>& into, frame_origin origin = {});

/// Reads a frame; `bytes` must be exactly one. Safe on any input.
/// Errors: errc::corrupt_data, errc::version_unsupported.
[[nodiscard]] SECKILL_EXPORT result<frame> decode_frame(std::span<const std::byte> bytes);

}  // namespace seckill::inline v1
