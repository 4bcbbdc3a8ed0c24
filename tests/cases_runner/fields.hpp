#pragma once

#include "tests/cases_runner/report.hpp"

#include <cstdint>
#include <string_view>

namespace seckill::cases {

/// Members of a case or step. The first two throw when there is none, the others answer `otherwise`.
[[nodiscard]] inline double number_of(const json::object& from, std::string_view key) {
  return from.at(key).to_number<double>();
}
[[nodiscard]] inline std::int64_t integer_of(const json::object& from, std::string_view key) {
  return from.at(key).to_number<std::int64_t>();
}
[[nodiscard]] inline std::int64_t integer_or(const json::object& from, std::string_view key,
                                             std::int64_t otherwise) {
  return from.contains(key) ? integer_of(from, key) : otherwise;
}
[[nodiscard]] inline double number_or(const json::object& from, std::string_view key, double otherwise) {
  return from.contains(key) ? number_of(from, key) : otherwise;
}
[[nodiscard]] inline std::string_view text_of(const json::object& from, std::string_view key) {
  return from.at(key).as_string();
}
[[nodiscard]] inline std::string_view text_or(const json::object& from, std::string_view key,
                                              std::string_view otherwise) {
  return from.contains(key) ? text_of(from, key) : otherwise;
}
[[nodiscard]] inline bool flag_or(const json::object& from, std::string_view key, bool otherwise) {
  return from.contains(key) ? from.at(key).as_bool() : otherwise;
}

}  // namespace seckill::cases
