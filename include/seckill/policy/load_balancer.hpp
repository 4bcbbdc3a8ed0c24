#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/policy/call_outcome.hpp>
#include <seckill/policy/load_balancer_params.hpp>
#include <seckill/policy/outlier_ejector.hpp>
#include <seckill/policy/swap_cell.hpp>
#include <seckill/policy/target.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

namespace seckill::inline v1 {

/// Chooses which target takes a call, and learns from the calls' results.
///
/// Falls back, in this order, rather than to refuse: a target in slow start takes more than its share; the ring's bound
/// is exceeded; a target that was to be avoided is taken; and, below panic_share, one that is not well. Nothing is
/// picked when the set is empty or, with a panic_share of 0, when nobody is well.
///
/// Threads: any, all members. Picking and reporting take no lock (but the sticky table's, a shard of it) and allocate
/// nothing. update() and reconfigure() allocate; picks that race with them see the old set or the new one. Sources:
/// nginx (smooth weighted round robin); Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001);
/// Finagle (peak moving average); Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads" (2018);
/// Envoy (panic, slow start).
class SECKILL_EXPORT load_balancer {
 public:
  class lease;

  struct request {
    std::uint64_t key = 0;     ///< of the balancings by key: a hash of what is to stay together
    std::uint64_t random = 0;  ///< 64 random bits
    /// Ids of targets that this call has failed at: others are preferred.
    std::span<const std::uint64_t> avoid{};
  };

  /// Throws std::invalid_argument that names the parameter. The first targets start without slow start.
  load_balancer(const load_balancer_params& params, std::span<const target> first, time_ns now);
  load_balancer(const load_balancer&) = delete;
  load_balancer& operator=(const load_balancer&) = delete;
  ~load_balancer();

  /// An empty lease: no target. It must not outlive the balancer.
  [[nodiscard]] lease pick(const request& call, time_ns now) noexcept;

  /// Replaces the set. Targets that stay keep what is known about them and their calls in flight; those that leave get no
  /// new calls. Fails and changes nothing: invalid_argument (an id is 0 or there twice), capacity_exceeded (targets_max;
  /// may be retried when calls to targets that have left are over).
  [[nodiscard]] result<void> update(std::span<const target> next, time_ns now);
  /// Another way to choose, for the same targets. Counts and health stay. Throws std::invalid_argument that names the
  /// parameter; targets_max, the probes, latency_decay_ns and ejection stay as they were.
  void reconfigure(const load_balancer_params& params);

  /// What an active check found. A target that is not in the set: nothing happens.
  void report_probe(std::uint64_t id, bool good, time_ns now) noexcept;
  /// Ends ejections that are over. Picking does it, too.
  void advance(time_ns now) noexcept {
    if (ejector_) ejector_->advance(now);
  }

  /// Writes what is known about the targets of the set, as many as fit, and tells how many there are.
  std::size_t view(std::span<target_view> into, time_ns now) const noexcept;
  /// Those that are well, of how many.
  struct health_counts {
    std::uint32_t well = 0;
    std::uint32_t all = 0;
  };
  [[nodiscard]] health_counts health() const noexcept;

 private:
  struct target_state;
  struct target_list;
  class selection;

  [[nodiscard]] std::unique_ptr<const target_list> make_list(const load_balancer_params& params,
                                                             std::span<const target> targets,
                                                             std::span<const std::uint32_t> slots);
  [[nodiscard]] bool find_slots(std::span<const target> targets, std::span<std::uint32_t> slots) const;
  void join(std::uint32_t slot, std::uint64_t id, time_ns latency_ns, time_ns warm_from) noexcept;
  void replace(std::unique_ptr<const target_list> next) noexcept;
  void count_well(const target_list& list) const noexcept;
  void bar(target_state& of, std::uint8_t why, bool barred, time_ns now) noexcept;
  [[nodiscard]] time_ns mean_latency(time_ns now) const noexcept;
  [[nodiscard]] time_ns latency_at(const target_state& of, time_ns now) const noexcept;
  void report(target_state& of, call_outcome came_to, time_ns duration_ns, time_ns now) noexcept;
  void release(target_state& of, bool counted) noexcept;
  static void on_ejection(void* context, std::uint32_t slot, time_ns now) noexcept;

  const load_balancer_params fixed_;  // targets_max, ejection, probes and decay; the list has what may change
  std::unique_ptr<target_state[]> states_;
  std::unique_ptr<outlier_ejector> ejector_;
  mutable std::mutex mutex_;              // one writer of the list, or of a target's health
  const target_list* current_ = nullptr;  // what is in the cell, for writers
  std::unique_ptr<swap_cell<target_list>> lists_;
  alignas(64) std::atomic<std::uint64_t> rotation_{0};
  alignas(64) std::atomic<std::uint32_t> in_flight_{
      0};  // of calls that began while the balancing bounded loads
};

/// A call that is in flight to a target. Movable; destroyed without a report it ends and teaches nothing. One thread at
/// a time.
class load_balancer::lease {
 public:
  lease() = default;
  lease(lease&& other) noexcept
      : of_(std::exchange(other.of_, nullptr)),
        to_(other.to_),
        target_id_(other.target_id_),
        began_ns_(other.began_ns_),
        counted_(other.counted_) {}
  lease& operator=(lease&& other) noexcept {
    if (this != &other) {
      release();
      of_ = std::exchange(other.of_, nullptr);
      to_ = other.to_;
      target_id_ = other.target_id_;
      began_ns_ = other.began_ns_;
      counted_ = other.counted_;
    }
    return *this;
  }
  ~lease() { release(); }

  /// False: there is no target.
  [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }
  /// REQUIRES: *this.
  [[nodiscard]] std::uint64_t target_id() const noexcept { return target_id_; }
  /// Reports what the call came to. Ends the lease; an empty one reports nothing.
  void report(call_outcome came_to, time_ns now) noexcept {
    if (of_ == nullptr) return;
    of_->report(*to_, came_to, now > began_ns_ ? now - began_ns_ : 0, now);
    release();
  }
  /// The call was not made, or tells nothing.
  void release() noexcept {
    if (of_ != nullptr) std::exchange(of_, nullptr)->release(*to_, counted_);
  }

 private:
  friend class load_balancer;
  lease(load_balancer& of, target_state& to, std::uint64_t target_id, bool counted, time_ns now) noexcept
      : of_(&of), to_(&to), target_id_(target_id), began_ns_(now), counted_(counted) {}

  load_balancer* of_ = nullptr;
  target_state* to_ = nullptr;
  std::uint64_t target_id_ = 0;
  time_ns began_ns_ = 0;
  bool counted_ = false;
};

}  // namespace seckill::inline v1
