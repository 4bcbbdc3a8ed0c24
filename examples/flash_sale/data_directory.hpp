#pragma once

#include "start_plan.hpp"
#include <seckill/error.hpp>

#include <cstdint>
#include <string>

namespace flash_sale {

/// The data directory: `shards` (their number, fixed by the first start), `journal-<n>` for each of them,
/// `orders`, and `operator.token` unless that is elsewhere. One process at a time; the journals see to that.
class data_directory {
 public:
  /// Looks at what is there, and refuses without a change what plan_start() refuses; then makes it if there is none.
  /// Errors: those of plan_start(), errc::storage_failed; the text names the directory and the cure.
  [[nodiscard]] static seckill::result<data_directory> prepare(const std::string& path, std::uint32_t shards);

  /// Once the journals are open: refuses those of another installation. Before anything is sold, ends a first start.
  [[nodiscard]] seckill::result<void> check_fleet(const seckill::fleet_id& fleet) const;
  [[nodiscard]] seckill::result<void> finish_start(const seckill::fleet_id& fleet) const;

  [[nodiscard]] std::string journal(std::uint32_t shard) const {
    return path_ + "/journal-" + std::to_string(shard);
  }
  [[nodiscard]] std::string orders() const { return path_ + "/orders"; }

 private:
  data_directory(std::string path, std::uint32_t shards, const start_plan& plan)
      : path_(std::move(path)), shards_(shards), plan_(plan) {}

  std::string path_;
  std::uint32_t shards_;
  start_plan plan_;
};

}  // namespace flash_sale
