#include "tests/cases_runner/registry.hpp"
#include "tests/cases_runner/splitmix64.hpp"
#include <seckill/policy/bloom_filter.hpp>
#include <seckill/policy/key_hash.hpp>

#include <string>
#include <vector>

namespace seckill::cases {
namespace {

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte each : bytes) {
    text += digits[std::to_integer<std::size_t>(each) / 16];
    text += digits[std::to_integer<std::size_t>(each) % 16];
  }
  return text;
}

std::string hex(std::uint64_t number) {
  std::vector<std::byte> bytes;
  for (unsigned shift = 64; shift != 0; shift -= 8)
    bytes.push_back(static_cast<std::byte>(number >> (shift - 8U)));
  return hex(bytes);
}

bloom_filter empty_filter(std::uint64_t blocks) {
  return bloom_filter::from_bitset(std::vector<std::byte>(blocks * 32)).value();
}

void replay_hashes(const json::object& document, report& to) {
  to.open_case("xxh64");
  for (const json::value& item : document.at("xxh64").as_array()) {
    const json::object& each = item.as_object();
    const std::string_view input = each.at("input").as_string();
    const std::uint64_t hash =
        xxh64(std::as_bytes(std::span(input)), each.at("seed").to_number<std::uint64_t>());
    to.step(each, {{"hash", each.at("hash")}}, {{"hash", hex(hash)}});
  }
}

void replay_bitsets(const json::object& document, report& to) {
  for (const json::value& item : document.at("cases").as_array()) {
    const json::object& each = item.as_object();
    to.open_case(each.at("name").as_string());
    bloom_filter filter = empty_filter(each.at("blocks").to_number<std::uint64_t>());
    for (const json::value& key : each.at("insert").as_array())
      filter.insert(key_hash(std::string_view(key.as_string())));
    to.step(without_expect(each), each.at("expect"), json::object{{"bitset_hex", hex(filter.bitset())}});
    for (const json::value& key : each.at("insert").as_array())
      to.step({{"contains", key}}, true, filter.contains(key_hash(std::string_view(key.as_string()))));
  }
}

void replay_false_positives(const json::object& document, report& to) {
  to.open_case("false_positive_rates");
  for (const json::value& item : document.at("false_positive_rates").as_array()) {
    const json::object& each = item.as_object();
    bloom_filter filter = empty_filter(each.at("blocks").to_number<std::uint64_t>());
    splitmix64 random(7);
    const auto keys = each.at("keys").to_number<std::uint64_t>();
    for (std::uint64_t i = 0; i < keys; ++i) filter.insert(random());
    std::uint64_t found = 0;
    const auto probes = each.at("probes").to_number<std::uint64_t>();
    for (std::uint64_t i = 0; i < probes; ++i) found += filter.contains(random()) ? 1 : 0;
    to.step(each, each.at("false_positives"), found);
  }
}

// Our sizing against the table of Parquet's specification, whose rows are rounded.
void replay_sizes(const json::object& document, report& to) {
  to.open_case("spec_table_bits_per_key_to_fpp");
  constexpr std::uint64_t keys = 1'000'000;
  for (const json::value& row : document.at("spec_table_bits_per_key_to_fpp").as_array()) {
    const double rate = row.at(1).to_number<double>();
    const bloom_filter filter({.keys_max = keys, .false_positive_rate = rate});
    const double bits = static_cast<double>(filter.block_count()) * 256.0 / static_cast<double>(keys);
    to.step({{"false_positive_rate", rate}}, row.at(0).to_number<double>(), bits, 0.5);
  }
}

void replay(const json::object& document, report& to) {
  replay_hashes(document, to);
  replay_bitsets(document, to);
  replay_false_positives(document, to);
  replay_sizes(document, to);
}

const registration membership_filters{{"membership_filter", "parquet_sbbf", &replay}};

}  // namespace
}  // namespace seckill::cases
