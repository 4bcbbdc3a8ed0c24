#pragma once

#include <seckill/policy/time.hpp>

#include <concepts>
#include <cstdint>

namespace seckill::inline v1 {

/// One finished call, as a concurrency limit learns from it.
struct concurrency_sample {
  time_ns rtt_ns = 1;           ///< how long it took; positive
  std::uint32_t in_flight = 1;  ///< calls in flight when it began, itself included
  bool dropped = false;         ///< it was refused by the callee, or timed out
};

/// An algorithm that finds out how many calls may be in flight. One thread at a time; concurrency_limiter guards it.
template <typename Limit>
concept concurrency_limit = requires(Limit& limit, const Limit& fixed, const concurrency_sample& sample) {
  { fixed.limit() }
  noexcept->std::same_as<std::uint32_t>;
  { limit.on_sample(sample) }
  noexcept;
};

/// The limit that never changes.
class static_limit {
 public:
  explicit static_limit(std::uint32_t limit) noexcept : limit_(limit) {}
  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }
  void on_sample(const concurrency_sample& /*sample*/) noexcept {}

 private:
  std::uint32_t limit_;
};

static_assert(concurrency_limit<static_limit>);

}  // namespace seckill::inline v1
