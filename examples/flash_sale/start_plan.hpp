#pragma once

#include <seckill/error.hpp>
#include <seckill/ledger_identity.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flash_sale {

/// What the file `shards` says: "2 new" until the first start has made everything, then "2 fleet <32 digits>". Earlier
/// versions wrote "2".
struct shards_file {
  std::uint32_t shards = 0;
  bool first_start = false;
  seckill::fleet_id fleet{};  ///< zero: not stated

  friend bool operator==(const shards_file&, const shards_file&) = default;
};

/// With a line feed at its end.
[[nodiscard]] std::string to_text(const shards_file& file);
/// Nothing if nobody wrote this.
[[nodiscard]] std::optional<shards_file> parse_shards_file(const std::string& text);

/// What is found in a data directory before anything in it is opened.
struct start_facts {
  std::optional<std::string> shards;  ///< the text of that file; none: there is none
  std::vector<bool> journals;         ///< whether journal-<n> is there, for each n
  bool orders = false;
};

/// What a start has to do with the directory. Nothing is sold before `first_start` is over, so only during a first start
/// may a journal be missing.
struct start_plan {
  bool first_start = false;
  seckill::fleet_id fleet{};  ///< whose the journals have to be; zero: any
};

/// Decides, and touches nothing. Errors, each with its cure: errc::missing_data if something that was there is gone;
/// errc::corrupt_data if `shards` is damaged; errc::invalid_argument if it is of another number.
[[nodiscard]] seckill::result<start_plan> plan_start(const start_facts& found, std::uint32_t shards_asked,
                                                     const std::string& directory);

}  // namespace flash_sale
