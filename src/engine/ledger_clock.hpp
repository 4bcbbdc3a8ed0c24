#pragma once

#include "engine/time_discipline.hpp"
#include <seckill/ports/time_source.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace seckill::inline v1 {

// The one ledger time of an engine, for its shards and for whoever shows it. It looks at the wall clock itself when it is
// asked for the time, some times a second.
//
// The segment is under a sequence lock, and a reader takes the elapsed time between its two looks at the version: so no
// reader can use an old segment beyond the moment at which a new one begins, and time goes back for nobody. A reader
// waits only while the wall clock is read, which takes some 100 ns.
//
// Threads: any.
class ledger_clock {
 public:
  // The source must outlive it.
  ledger_clock(const time_source& source, const time_params& params, const journaled_time& latest);

  [[nodiscard]] time_ms now_ms() noexcept;
  // Looks at the wall clock now.
  void observe() noexcept;
  time_status accept_wall_clock() noexcept;
  [[nodiscard]] time_status status() noexcept;

 private:
  [[nodiscard]] std::optional<time_ms> try_now_ms(bool& due) const noexcept;
  time_status change(std::unique_lock<std::mutex> lock, bool accepts) noexcept;
  void publish() noexcept;

  const time_source& source_;
  const std::function<void(const time_status&)> on_change_;
  std::mutex mutex_;  // over the discipline, and over storing what follows
  time_discipline discipline_;
  const time_ns one_in_;

  std::atomic<std::uint64_t> version_{0};  // odd: the segment changes
  std::atomic<time_ns> from_ns_{0};
  std::atomic<time_ms> at_ms_{0};
  std::atomic<time_ns> rest_ns_{0};
  std::atomic<time_ns> slew_ns_{0};  // below zero: slower
};

}  // namespace seckill::inline v1
