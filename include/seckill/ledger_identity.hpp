#pragma once

#include <seckill/export.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seckill::inline v1 {

/// Names an installation: all journals, orders and snapshots that belong together. 128 random bits, drawn once, when its
/// first journal is made. All zero: none is known, because format 1 wrote it.
struct fleet_id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] constexpr bool is_zero() const noexcept { return high == 0 && low == 0; }
  friend constexpr bool operator==(const fleet_id&, const fleet_id&) = default;
};

/// 32 hexadecimal digits.
[[nodiscard]] SECKILL_EXPORT std::string to_string(const fleet_id& fleet);
/// Nothing if it is not 32 lower-case hexadecimal digits, or all zero.
[[nodiscard]] SECKILL_EXPORT std::optional<fleet_id> parse_fleet_id(std::string_view text);

/// Whose history something is. Every frame and snapshot states it, so that two histories are never mixed.
struct ledger_identity {
  static constexpr std::uint16_t layout_current = 1;

  fleet_id fleet{};
  std::uint8_t shard = 0;
  std::uint8_t shard_count = 1;           ///< above shard
  std::uint16_t layout = layout_current;  ///< how sales are spread over shards

  friend constexpr bool operator==(const ledger_identity&, const ledger_identity&) = default;
};

/// True if something that states `stated` may belong to `whose`. A zero fleet in either matches any.
[[nodiscard]] constexpr bool may_belong(const ledger_identity& stated,
                                        const ledger_identity& whose) noexcept {
  const bool same_fleet = stated.fleet.is_zero() || whose.fleet.is_zero() || stated.fleet == whose.fleet;
  return same_fleet && stated.shard == whose.shard && stated.shard_count == whose.shard_count &&
         stated.layout == whose.layout;
}

/// "shard 1 of 2 of installation 0123...", for messages.
[[nodiscard]] SECKILL_EXPORT std::string to_string(const ledger_identity& whose);

/// Where a history stands: the term of its last frame's writer, and that frame's checksum.
struct frame_link {
  std::uint64_t term = 1;
  std::uint64_t checksum = 0;  ///< 0: there is no frame yet

  friend constexpr bool operator==(const frame_link&, const frame_link&) = default;
};

}  // namespace seckill::inline v1
