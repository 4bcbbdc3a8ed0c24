#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

enum class health_level : std::uint8_t {
  well,
  warning,  ///< somebody should look; requests are served as always
  failing,  ///< /readyz is 503
};

[[nodiscard]] constexpr std::string_view to_string(health_level level) noexcept {
  return level == health_level::well ? "well" : level == health_level::warning ? "warning" : "failing";
}

/// How a part of a service does that the server does not see itself: the projection of orders, for instance.
struct part_health {
  std::string part{};  ///< a word; a label of metrics
  health_level level = health_level::well;
  std::string detail{};  ///< what is wrong and the cure, unless it is well
};

}  // namespace seckill::inline v1
