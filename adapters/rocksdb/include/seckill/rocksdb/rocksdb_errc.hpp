#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>

namespace seckill::inline v1 {

/// Failures of RocksDB that the core's errc has no word for; all others are told as errc.
enum class rocksdb_errc {
  busy = 1,  ///< RocksDB is busy or timed out. retryable
  refused,   ///< RocksDB does not accept its options or the state of its files. permanent
  stopped,   ///< A background failure stopped the database; open it again to recover. outcome_unknown
  unknown,   ///< Anything else; see the text. outcome_unknown
};

[[nodiscard]] SECKILL_EXPORT const boost::system::error_category& rocksdb_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(rocksdb_errc code) noexcept {
  return {static_cast<int>(code), rocksdb_category()};
}

}  // namespace seckill::inline v1

template <>
struct boost::system::is_error_code_enum<seckill::rocksdb_errc> : std::true_type {};
