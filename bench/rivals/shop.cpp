#include "shop.hpp"

#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdio>

namespace seckill::rivals {

std::string to_hex(const request_id& request) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64 "%016" PRIx64, request.high, request.low);
  return text.data();
}

time_ms wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace seckill::rivals
