#include "tests/cases_runner/fields.hpp"
#include "tests/cases_runner/hit_ratio_trace.hpp"
#include "tests/cases_runner/registry.hpp"
#include <seckill/policy/near_cache.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>
#include <unordered_set>

namespace seckill::cases {
namespace {

// Every miss inserts; one shard, as the recorded caches have one.
std::uint64_t count_hits(std::span<const std::uint64_t> keys, std::size_t capacity) {
  near_cache<std::uint64_t, std::uint64_t> cache(
      {.entries_max = static_cast<std::uint32_t>(capacity), .shards = 1});
  std::uint64_t hits = 0;
  for (const std::uint64_t key : keys) {
    if (cache.read(key, 0, [](std::uint64_t) {}) == cache_answer::hit) {
      ++hits;
    } else {
      cache.fill(key, cache.begin_fill(key), key, 0);
    }
  }
  return hits;
}

// Where recency rules, the file asks for a share of LRU's hits; elsewhere for those of a fixed window, less a point.
std::int64_t hits_wanted(std::string_view trace, const json::object& recorded, std::int64_t accesses) {
  constexpr std::array recency = {"corda_vault", "sprite", "scarab_recs", "mix_corda_loop_x3"};
  if (std::ranges::find(recency, trace) != recency.end()) return integer_of(recorded, "lru") * 95 / 100;
  return integer_of(recorded, "caffeine_2_6_2") - accesses / 100;
}

std::uint64_t hexadecimal_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

void replay_trace(const json::object& recorded, const std::vector<std::uint64_t>& keys, report& to) {
  const std::unordered_set<std::uint64_t> unique(keys.begin(), keys.end());
  to.step({{"trace", "is the one that was recorded"}},
          {{"accesses", recorded.at("accesses")},
           {"unique", recorded.at("unique")},
           {"fingerprint", hexadecimal_of(text_of(recorded, "fnv1a64_le_keys"))}},
          json::object{
              {"accesses", keys.size()}, {"unique", unique.size()}, {"fingerprint", fingerprint_of(keys)}});
  for (const json::value& item : recorded.at("results").as_array()) {
    const json::object& each = item.as_object();
    const auto hits =
        static_cast<std::int64_t>(count_hits(keys, static_cast<std::size_t>(integer_of(each, "capacity"))));
    const std::int64_t wanted =
        hits_wanted(text_of(recorded, "name"), each, static_cast<std::int64_t>(keys.size()));
    to.step({{"capacity", each.at("capacity")},
             {"at_least", wanted},
             {"at_most", each.at("opt")},
             {"lru", each.at("lru")},
             {"caffeine_2_6_2", each.at("caffeine_2_6_2")}},
            {{"enough", true}, {"possible", true}},
            json::object{
                {"hits", hits}, {"enough", hits >= wanted}, {"possible", hits <= integer_of(each, "opt")}});
  }
}

void replay_hit_ratios(const json::object& document, report& to) {
  for (const json::value& item : document.at("traces").as_array()) {
    const json::object& recorded = item.as_object();
    const std::string name(text_of(recorded, "name"));
    to.open_case(name);
    const auto keys = hit_ratio_trace(std::string(text_of(document, "directory")), name);
    if (!keys) {
      std::cout << "SKIPPED: trace " << name << " is not in " << text_of(document, "directory")
                << "/traces\n";
      continue;
    }
    replay_trace(recorded, *keys, to);
  }
}

const trace_registration near_cache_traces{&count_hits};
const registration hit_ratios{{"near_cache", "hit_ratio", &replay_hit_ratios}};

}  // namespace
}  // namespace seckill::cases
