#pragma once

#include "json_object.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace seckill::inline v1::http {

/// Reads `a=1&b=2` strictly: only known names, each at most once. No parameter of the contract needs
/// percent-encoding, so none is decoded. The first violation is kept.
class query_string {
 public:
  /// REQUIRES: `text` and `first` outlive this object.
  query_string(std::string_view text, std::span<const std::string_view> known, violation& first);

  /// An id, or 0 if it is not given.
  std::uint64_t id(std::string_view name);
  /// From 1 to `high`, or `otherwise` if it is not given.
  std::uint32_t number(std::string_view name, std::uint32_t high, std::uint32_t otherwise);
  /// `true` or `false`; false if it is not given.
  bool flag(std::string_view name);

 private:
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  void refuse(std::string_view name, std::string_view must_be);

  std::string_view text_;
  violation& first_;
};

}  // namespace seckill::inline v1::http
