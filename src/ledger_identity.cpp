#include <seckill/ledger_identity.hpp>

#include <charconv>

namespace seckill::inline v1 {
namespace {

std::string sixteen_digits(std::uint64_t number) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[15 - i] = "0123456789abcdef"[number >> (4 * i) & 15U];
  return text;
}

std::optional<std::uint64_t> parse_sixteen_digits(std::string_view text) {
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

}  // namespace

std::string to_string(const fleet_id& fleet) {
  return sixteen_digits(fleet.high) + sixteen_digits(fleet.low);
}

std::optional<fleet_id> parse_fleet_id(std::string_view text) {
  if (text.size() != 32) return std::nullopt;
  const auto high = parse_sixteen_digits(text.substr(0, 16));
  const auto low = parse_sixteen_digits(text.substr(16));
  if (!high || !low || (*high == 0 && *low == 0)) return std::nullopt;
  return fleet_id{*high, *low};
}

std::string to_string(const ledger_identity& whose) {
  std::string text = "shard " + std::to_string(whose.shard) + " of " + std::to_string(whose.shard_count);
  if (!whose.fleet.is_zero()) text += " of installation " + to_string(whose.fleet);
  return text;
}

}  // namespace seckill::inline v1
