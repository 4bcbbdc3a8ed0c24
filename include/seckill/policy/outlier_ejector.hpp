#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/call_outcome.hpp>
#include <seckill/policy/outlier_ejector_params.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

namespace seckill::inline v1 {

/// Who hears that a target was ejected or has come back: called with no lock held, on the thread that caused it. Two
/// changes of one target may be told in the wrong order; ask ejected(). Must not throw.
struct ejection_listener {
  void (*changed)(void* context, std::uint32_t slot, time_ns now) noexcept = nullptr;
  void* context = nullptr;
};

/// Finds the targets that do worse than they may or than the others do, and bars them for a while (passive health).
///
/// Targets are numbers below slots_max. Never are more than ejected_share_max of them ejected at a time (and one, with
/// always_one): a fault of the caller or of the network makes all look bad, and must not empty the set.
///
/// Threads: any. A success in a row of successes writes one counter or, without the detections by interval, nothing.
/// Nothing is allocated after the construction. Source of the semantics: Envoy's outlier detection.
class SECKILL_EXPORT outlier_ejector {
 public:
  /// Throws std::invalid_argument that names the parameter.
  outlier_ejector(const outlier_ejector_params& params, std::uint32_t slots_max,
                  ejection_listener listener = {});

  /// A target takes part, with nothing known about it; or leaves. Slots from slots_max on take no part: here and below
  /// they are ignored, and never ejected.
  void add(std::uint32_t slot) noexcept;
  void remove(std::uint32_t slot) noexcept;

  /// What a call came to. Ignored ones say nothing.
  void record(std::uint32_t slot, call_outcome came_to, time_ns now) noexcept;

  /// Ends ejections that are over and, once an interval, judges. Call it at next_deadline(), or now and then.
  void advance(time_ns now) noexcept {
    if (now >= next_deadline()) attend(now);
  }
  [[nodiscard]] time_ns next_deadline() const noexcept {
    return attention_at_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] bool ejected(std::uint32_t slot) const noexcept {
    return slot < slots_max_ && slots_[slot].ejected.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint32_t ejected_count() const noexcept {
    return ejected_count_.load(std::memory_order_relaxed);
  }
  /// Ejections that the cap has prevented.
  [[nodiscard]] std::uint64_t capped() const noexcept { return capped_.load(std::memory_order_relaxed); }

 private:
  struct alignas(64) slot_state {
    std::atomic<std::uint32_t> failures_in_a_row{0};
    std::atomic<std::uint32_t> successes{0};  // in this interval
    std::atomic<std::uint32_t> failures{0};
    std::atomic<bool> ejected{false};
    bool member = false;  // guarded by mutex_, as all below
    std::uint32_t times = 0;
    time_ns until_ns = 0;
    double share = 0.0;  // of successes in the interval that is being judged
    bool judged = false;
  };

  void attend(time_ns now) noexcept;
  [[nodiscard]] double end_interval() noexcept;
  void judge(std::uint32_t slot, double least_share, time_ns now) noexcept;
  void end_ejection(std::uint32_t slot, time_ns now, bool interval_over) noexcept;
  [[nodiscard]] bool eject(slot_state& of, time_ns now) noexcept;
  void let_in(slot_state& of) noexcept;
  void attend_at(time_ns at) noexcept;
  [[nodiscard]] std::uint32_t ejected_max() const noexcept;
  void tell(std::uint32_t slot, time_ns now) const noexcept {
    if (listener_.changed != nullptr) listener_.changed(listener_.context, slot, now);
  }

  const outlier_ejector_params params_;
  const bool judges_intervals_;
  const std::uint32_t slots_max_;
  const ejection_listener listener_;
  std::unique_ptr<slot_state[]> slots_;
  std::mutex mutex_;
  std::uint32_t members_ = 0;
  time_ns interval_ends_ns_ = std::numeric_limits<time_ns>::min();
  std::atomic<std::uint32_t> ejected_count_{0};
  std::atomic<std::uint64_t> capped_{0};
  std::atomic<time_ns> attention_at_{std::numeric_limits<time_ns>::min()};
};

}  // namespace seckill::inline v1
