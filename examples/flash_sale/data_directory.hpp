#pragma once

#include <seckill/error.hpp>

#include <cstdint>
#include <string>

namespace flash_sale {

/// The data directory: `shards` (their number, fixed by the first start), `journal-<n>` for each of them,
/// `orders`, and `operator.token` unless that is elsewhere. One process at a time; the journals see to that.
class data_directory {
 public:
  /// Makes it if there is none. Errors: errc::invalid_argument if it was made for another number of shards,
  /// errc::storage_failed; the text names the directory and the cure.
  [[nodiscard]] static seckill::result<data_directory> prepare(const std::string& path, std::uint32_t shards);

  [[nodiscard]] std::string journal(std::uint32_t shard) const {
    return path_ + "/journal-" + std::to_string(shard);
  }
  [[nodiscard]] std::string orders() const { return path_ + "/orders"; }

 private:
  explicit data_directory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace flash_sale
