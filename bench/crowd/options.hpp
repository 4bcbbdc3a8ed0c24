#pragma once

#include "driver.hpp"
#include "plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace seckill::crowd {

/// What the command line asks for.
struct options {
  driver_params driver;
  plan_params plan;
  std::optional<sale_id> sale;  ///< default: the one that is open, or opens next
  std::uint64_t duration_s = 60;
  bool skus_given = false;  ///< default: all of the sale
  bool seed_given = false;
  bool retry = false;
  bool progress = false;
  bool verify = false;
  bool expect_sold_out = false;
  std::uint64_t audit_patience_ms = 15'000;  ///< orders follow their reservations; so long may they take
  std::string acks_file;
  std::string json_file;
  std::string operator_token;  ///< with one, the service's audit is asked for and checked
};

/// Or the exit status of a command line that asked for help or was refused (which has been printed).
[[nodiscard]] std::variant<options, int> read_options(int argc, const char* const* argv);

}  // namespace seckill::crowd
