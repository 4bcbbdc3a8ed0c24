#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/time_source.hpp>

namespace seckill::inline v1 {

/// The clocks of this machine: CLOCK_REALTIME, and CLOCK_BOOTTIME for the elapsed time.
class SECKILL_EXPORT system_time_source final : public time_source {
 public:
  [[nodiscard]] time_ms wall_ms() const noexcept override;
  [[nodiscard]] time_ns elapsed_ns() const noexcept override;
};

}  // namespace seckill::inline v1
