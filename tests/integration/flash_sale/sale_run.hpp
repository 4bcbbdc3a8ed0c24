#pragma once

#include "bench/crowd/audit.hpp"
#include "bench/crowd/driver.hpp"
#include "bench/crowd/plan.hpp"
#include "bench/crowd/shoppers.hpp"
#include "bench/crowd/tally.hpp"
#include "shop_process.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace seckill {

/// One crowd at one process of the shop, remembered for the time after that process.
struct sale_run {
  std::unique_ptr<crowd::plan> who;
  sale_id sale{};
  crowd::tally counts;
};

struct sale_run_params {
  std::uint64_t buyers = 100'000;
  std::uint64_t seed = 1;
  std::uint64_t buyer_first = 1;
  std::uint32_t connections = 16;
  std::uint32_t pay_percent = 50;
  std::uint32_t give_up_percent = 25;
  /// Called with every acknowledged reservation's number, counted from 1; true ends the run: nothing more is
  /// sent, and what is under way is waited for.
  std::function<bool(std::uint64_t acknowledged)> after_each = {};
  /// Looked at ten times a second: true ends the run in the same way.
  std::function<bool(const crowd::tally& counts)> enough = {};
};

/// Sends a crowd, as fast as it is served, to the sale that is open.
[[nodiscard]] sale_run sell(const shop_process& shop, const sale_run_params& params);

/// Asks the shop for everything that a run was told, and returns what is wrong.
[[nodiscard]] std::vector<std::string> check_acknowledged(const shop_process& shop, sale_run& run);

/// The shop's audit, once its orders have caught up with `reservations` or more.
[[nodiscard]] crowd::audit_info audit_of(const shop_process& shop, std::uint64_t reservations);

}  // namespace seckill
