#include <seckill/system_time_source.hpp>

#include <time.h>

namespace seckill::inline v1 {
namespace {

timespec read(clockid_t which) noexcept {
  timespec now{};
  ::clock_gettime(which,
                  &now);  // fails only for clocks that do not exist; both have existed since Linux 2.6.39
  return now;
}

}  // namespace

time_ms system_time_source::wall_ms() const noexcept {
  const timespec now = read(CLOCK_REALTIME);
  return time_ms{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

time_ns system_time_source::elapsed_ns() const noexcept {
  const timespec now = read(CLOCK_BOOTTIME);
  return time_ns{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace seckill::inline v1
