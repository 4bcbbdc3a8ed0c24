#include "format_line.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace seckill::inline v1 {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

template <typename Number>
std::optional<Number> number_of(std::string_view word) {
  Number number{};
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (code != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// "fleet <fleet> shard <shard> of <count> layout <layout>", from the fourth word on.
std::optional<ledger_identity> identity_of(const std::vector<std::string_view>& words) {
  if (words.size() != 11) return std::nullopt;
  const auto fleet = parse_fleet_id(words[4]);
  const auto shard = number_of<std::uint8_t>(words[6]);
  const auto count = number_of<std::uint8_t>(words[8]);
  const auto layout = number_of<std::uint16_t>(words[10]);
  if (!fleet || !shard || !count || !layout || *shard >= *count) return std::nullopt;
  return ledger_identity{*fleet, *shard, *count, *layout};
}

}  // namespace

std::string to_text(const format_line& line) {
  std::string text = "seckill " + line.kind + " " + std::to_string(line.version);
  if (line.identity)
    text += " fleet " + to_string(line.identity->fleet) + " shard " + std::to_string(line.identity->shard) +
            " of " + std::to_string(line.identity->shard_count) + " layout " +
            std::to_string(line.identity->layout);
  return text + "\n";
}

std::optional<format_line> parse_format_line(std::string_view text, std::uint32_t version_max) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() < 3 || words[0] != "seckill") return std::nullopt;
  const auto version = number_of<std::uint32_t>(words[2]);
  if (!version || *version == 0) return std::nullopt;
  format_line line{std::string(words[1]), *version, {}};
  if (line.version > version_max) return line;
  if (line.version > 1) line.identity = identity_of(words);
  if (to_text(line) != text) return std::nullopt;
  return line;
}

}  // namespace seckill::inline v1
