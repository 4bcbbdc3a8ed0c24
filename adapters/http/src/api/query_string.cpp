#include "query_string.hpp"

#include "wire_ids.hpp"

#include <algorithm>

namespace seckill::inline v1::http {
namespace {

struct parameter {
  std::string_view name;
  std::string_view value;
};

/// Takes the first parameter off `rest`.
parameter take_parameter(std::string_view& rest) {
  const auto end = std::ranges::find(rest, '&');
  const auto equals = std::find(rest.begin(), end, '=');
  const parameter taken{{rest.begin(), equals}, {equals == end ? end : equals + 1, end}};
  rest = {end == rest.end() ? end : end + 1, rest.end()};
  return taken;
}

}  // namespace

query_string::query_string(std::string_view text, std::span<const std::string_view> known, violation& first)
    : text_(text), first_(first) {
  std::uint32_t seen = 0;  // a bit for each known name
  for (std::string_view rest = text; !rest.empty() && !first_.found();) {
    const auto at = std::ranges::find(known, take_parameter(rest).name);
    if (at == known.end()) {
      std::string names;
      for (const std::string_view name : known) names.append(names.empty() ? "" : ", ").append(name);
      first_ = {"query", names.empty() ? "must be empty: this takes no parameters"
                                       : "has an unknown parameter; it takes: " + names};
      return;
    }
    const std::uint32_t bit = 1U << static_cast<std::uint32_t>(at - known.begin());
    if ((seen & bit) != 0) refuse(*at, "must be given once");
    seen |= bit;
  }
}

std::optional<std::string_view> query_string::find(std::string_view name) const {
  for (std::string_view rest = text_; !rest.empty();) {
    const parameter each = take_parameter(rest);
    if (each.name == name) return each.value;
  }
  return std::nullopt;
}

void query_string::refuse(std::string_view name, std::string_view must_be) {
  if (!first_.found()) first_ = {"query." + std::string(name), std::string(must_be)};
}

std::uint64_t query_string::id(std::string_view name) {
  const auto value = find(name);
  if (!value) return 0;
  const auto id = parse_id(*value);
  if (!id) refuse(name, "must be a decimal number from 1 to 18446744073709551615");
  return id.value_or(0);
}

std::uint32_t query_string::number(std::string_view name, std::uint32_t high, std::uint32_t otherwise) {
  const auto value = find(name);
  if (!value) return otherwise;
  const auto number = parse_id(*value);
  if (!number || *number > high) {
    refuse(name, "must be a decimal number from 1 to " + std::to_string(high));
    return otherwise;
  }
  return static_cast<std::uint32_t>(*number);
}

bool query_string::flag(std::string_view name) {
  const auto value = find(name);
  if (value && value != "true" && value != "false") refuse(name, "must be true or false");
  return value == "true";
}

}  // namespace seckill::inline v1::http
