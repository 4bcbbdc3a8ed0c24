#pragma once

#include <cstdint>
#include <cstdlib>

namespace seckill::testing {

/// How many rounds a drill runs: its short form, with known seeds, in every run of the suite, and its full form in
/// `./test --soak`.
[[nodiscard]] inline std::uint64_t drill_rounds(std::uint64_t short_form, std::uint64_t full_form) {
  return std::getenv("SECKILL_SOAK") == nullptr ? short_form : full_form;
}

}  // namespace seckill::testing
