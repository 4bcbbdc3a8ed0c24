#pragma once

#include "audit.hpp"
#include "client.hpp"
#include "plan.hpp"
#include "tally.hpp"
#include "wire_api.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace seckill::crowd {

/// All that is known after a run.
struct run_result {
  endpoint to;
  plan_params crowd;
  std::uint32_t connections = 0;
  sale_info sale;                ///< afterwards
  std::uint64_t elapsed_ns = 0;  ///< from the opening, or the start, to the last answer
  bool interrupted = false;
  std::optional<std::uint64_t> reservations_verified;
  std::optional<std::uint64_t> orders_verified;
  std::optional<audit_info> audit;
};

/// For people: what came of it, refusals apart from successes, and the latency table.
[[nodiscard]] std::string to_text(const run_result& run, const tally& counts);

/// For programs: the same numbers, latencies in ns. Keys are stable.
[[nodiscard]] std::string to_json(const run_result& run, const tally& counts);

/// 1234567 -> "1 234 567"
[[nodiscard]] std::string grouped(std::uint64_t number);

/// ns as milliseconds with three digits after the point.
[[nodiscard]] std::string milliseconds(std::uint64_t ns);

}  // namespace seckill::crowd
