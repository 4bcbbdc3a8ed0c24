#pragma once

#include <seckill/error.hpp>
#include <seckill/event_buffer.hpp>
#include <seckill/export.hpp>
#include <seckill/ledger_identity.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// A frame is what a journal stores: the events of one batch, wholly there or not at all. Its header says whose it is and
/// which frame it follows. Format: docs/internals/journal_format.md.
struct frame_header {
  static constexpr std::size_t size = 88;
  static constexpr std::uint32_t magic = 0x464b4353;  // "SCKF"
  static constexpr std::uint16_t version = 2;

  ledger_identity identity{};  ///< its fleet is zero in a frame of version 1
  std::uint64_t term = 1;      ///< of the writer, at least 1
  std::uint64_t first_sequence = 0;
  std::uint32_t count = 0;  ///< events
  std::uint32_t body_bytes = 0;
  time_ms at_ms = 0;                    ///< the ledger's time
  time_ms wall_ms = 0;                  ///< what the machine's clock said: never used for an answer
  std::uint64_t previous_checksum = 0;  ///< of the frame before; 0: there is none, or this is of version 1
  std::uint64_t checksum = 0;

  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return first_sequence + count - 1; }
  [[nodiscard]] bool is_version_1() const noexcept { return identity.fleet.is_zero(); }
  /// What the next frame has to follow.
  [[nodiscard]] frame_link link() const noexcept { return {term, checksum}; }
};

/// A frame whose header and checksum were found good. The bytes belong to whoever stored them.
struct frame {
  frame_header header{};
  std::span<const std::byte> body{};

  [[nodiscard]] event_reader events() const { return {body, header.first_sequence, header.at_ms}; }
};

/// Writes a frame of these events into `into`, replacing its contents; returns its checksum. `head` says the rest:
/// count, body_bytes and checksum follow from the events. REQUIRES: a fleet that is not zero, a term of at least 1.
SECKILL_EXPORT std::uint64_t encode_frame(const event_buffer& events, const frame_header& head,
                                          std::vector<std::byte>& into);

/// Reads a frame of version 1 or 2; `bytes` must be exactly one. Safe on any input.
/// Errors: errc::corrupt_data, errc::version_unsupported.
[[nodiscard]] SECKILL_EXPORT result<frame> decode_frame(std::span<const std::byte> bytes);

}  // namespace seckill::inline v1
