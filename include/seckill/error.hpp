#pragma once

#include <seckill/export.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace seckill::inline v1 {

/// What a caller can do about a failure. Compare any error of this library or its adapters with these:
/// `if (error.code == failure::retryable) ...`.
enum class failure {
  retryable = 1,        ///< Nothing happened; the same call may work later.
  outcome_unknown = 2,  ///< It may or may not have happened; ask before doing it again.
  permanent = 3,        ///< Nothing happened and a retry cannot help; the text says what would.
};

/// Failures of the core. Adapters have a category each, mapped to the same three conditions.
enum class errc {
  invalid_argument = 1,  ///< A parameter is out of its documented range. permanent
  corrupt_data,          ///< Stored bytes fail their checksum or make no sense. permanent
  missing_data,          ///< A sequence gap: something that was stored is not there. permanent
  version_unsupported,   ///< Written by a newer version, or by a format that has no migration. permanent
  capacity_exceeded,     ///< Stored state does not fit the bounds of the params. permanent
  storage_full,          ///< No space left. retryable
  storage_failed,        ///< An I/O error while writing. outcome_unknown
  read_failed,           ///< An I/O error while reading. retryable
  already_open,          ///< Another process uses the data directory. retryable
  not_found,             ///< There is no such thing. permanent
  injected,              ///< Made by a fault-injecting port. retryable
  unavailable,           ///< The engine is overloaded, stopping, or its journal has failed. retryable
  timed_out,             ///< A read was not answered by its deadline. retryable
};

/// A failure: a code to decide by and text to read. The text names what failed and the cure.
struct error {
  boost::system::error_code code{};
  std::string text{};
};

/// A value or an `error`. Refusals of the domain are `outcome` values, never errors.
template <typename T>
using result = boost::system::result<T, error>;

[[nodiscard]] SECKILL_EXPORT const boost::system::error_category& core_category() noexcept;
[[nodiscard]] SECKILL_EXPORT const boost::system::error_category& failure_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), core_category()};
}
[[nodiscard]] inline boost::system::error_condition make_error_condition(failure kind) noexcept {
  return {static_cast<int>(kind), failure_category()};
}
[[nodiscard]] inline error make_error(errc code, std::string text) {
  return {make_error_code(code), std::move(text)};
}

/// Called by `result::value()` on an error. Throws std::system_error-like boost::system::system_error with
/// the text.
[[noreturn]] SECKILL_EXPORT void throw_exception_from_error(const error& failed,
                                                            const boost::source_location&);

}  // namespace seckill::inline v1

template <>
struct boost::system::is_error_code_enum<seckill::errc> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<seckill::failure> : std::true_type {};
