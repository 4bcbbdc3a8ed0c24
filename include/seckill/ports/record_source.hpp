#pragma once

#include <seckill/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// What is stored under a key.
struct stored_record {
  std::uint64_t version = 0;
  std::string value{};

  friend bool operator==(const stored_record&, const stored_record&) = default;
};

enum class write_outcome : std::uint8_t {
  done,
  already_exists,    ///< of create
  not_found,         ///< of update and remove
  version_mismatch,  ///< of update and remove: it is not the version that was expected
};

struct write_answer {
  write_outcome outcome{};
  std::uint64_t version =
      0;  ///< done: of what was written or removed; refused: of what is there, 0 if nothing is
};

/// PORT. The record of truth behind the caches: a database.
///
/// Guarantees of every implementation (tests/conformance proves them):
/// - a write is wholly done or not at all, and durable when it is answered; load() sees what was answered before;
/// - versions of a key strictly increase, also across its removal and re-creation;
/// - of two writes that expect the same version one is refused;
/// - a failed write has happened or not, as its failure condition says.
///
/// Threads: any. Calls may block: storage makes them on its executor.
/// Implementations: memory_record_source, faulty_record_source.
class record_source {
 public:
  virtual ~record_source() = default;
  /// One answer for each key, in their order; nothing: there is no such record. Costs one round trip.
  [[nodiscard]] virtual result<std::vector<std::optional<stored_record>>> load(
      std::span<const std::string_view> keys) = 0;
  [[nodiscard]] virtual result<write_answer> create(std::string_view key, std::string_view value) = 0;
  /// `expected`: the version that is replaced or removed; nothing: whatever is there.
  [[nodiscard]] virtual result<write_answer> update(std::string_view key, std::string_view value,
                                                    std::optional<std::uint64_t> expected) = 0;
  [[nodiscard]] virtual result<write_answer> remove(std::string_view key,
                                                    std::optional<std::uint64_t> expected) = 0;
};

}  // namespace seckill::inline v1
