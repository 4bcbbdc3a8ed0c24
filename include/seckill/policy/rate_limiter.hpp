#pragma once

#include <seckill/policy/rate_decision.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

namespace seckill::inline v1 {

/// The one interface of all rate limiters.
///
/// - try_acquire(n, now): takes n permits or none; n = 0 takes nothing and tells the state.
/// - peek(n, now): what try_acquire would answer.
/// - give_back(n, now): n permits that were taken were not used. Never makes more than a fresh limiter has.
///
/// All are noexcept, allocate nothing, and may be called by any thread. Time that goes backwards grants nothing.
template <typename Limiter>
concept rate_limiter = requires(Limiter& limiter, const Limiter& fixed, std::uint32_t n, time_ns now) {
  { limiter.try_acquire(n, now) }
  noexcept->std::same_as<rate_decision>;
  { fixed.peek(n, now) }
  noexcept->std::same_as<rate_decision>;
  { limiter.give_back(n, now) }
  noexcept;
};

/// An algorithm without its storage: a pure step from state to state. The atomic and the keyed limiters are made of it.
template <typename Rule>
concept limiter_rule = requires(const Rule& rule, typename Rule::state& at, const typename Rule::state& seen,
                                std::uint32_t n, time_ns now) {
  typename Rule::parameters;
  { Rule::fresh() }
  noexcept->std::same_as<typename Rule::state>;
  // Changes `at` only if it allows.
  { rule.decide(at, n, now) }
  noexcept->std::same_as<rate_decision>;
  { rule.give_back(at, n, now) }
  noexcept;
  // From this time on `seen` is as good as fresh().
  { rule.idle_at(seen) }
  noexcept->std::same_as<time_ns>;
};

/// A rule whose step can be split: the change first, what there is to tell about it afterwards. A compare-and-swap
/// then waits for no more than it needs.
template <typename Rule>
concept split_limiter_rule = limiter_rule<Rule> &&
    requires(const Rule& rule, typename Rule::state& at, std::uint32_t n, time_ns now) {
  // Changes `at` and answers true, or neither.
  { rule.take(at, n, now) }
  noexcept->std::same_as<bool>;
  // `at` as take() left it, and its answer.
  { rule.tell(at, bool{}, n, now) }
  noexcept->std::same_as<rate_decision>;
};

/// Takes as many permits as can be had, up to `wanted`. `try_take(n)` answers with a rate_decision.
template <typename TryTake>
[[nodiscard]] std::uint32_t take_up_to(std::uint32_t wanted, TryTake&& try_take) noexcept {
  // What was left may be gone when it is asked for: every turn asks for less.
  for (std::uint32_t asked = wanted; asked != 0;) {
    const rate_decision answer = try_take(asked);
    if (answer.allowed) return asked;
    asked = static_cast<std::uint32_t>(std::min<std::uint64_t>(answer.remaining, asked - 1));
  }
  return 0;
}

/// A limiter whose kind is chosen at run time. Owns it. Costs an indirect call.
class any_rate_limiter {
 public:
  template <rate_limiter Limiter, typename... Args>
  [[nodiscard]] static any_rate_limiter of(Args&&... args) {
    return any_rate_limiter(std::make_unique<model<Limiter>>(std::forward<Args>(args)...));
  }

  [[nodiscard]] rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept {
    return of_->try_acquire(n, now);
  }
  [[nodiscard]] rate_decision peek(std::uint32_t n, time_ns now) const noexcept { return of_->peek(n, now); }
  void give_back(std::uint32_t n, time_ns now) noexcept { of_->give_back(n, now); }

 private:
  struct base {
    virtual ~base() = default;
    virtual rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept = 0;
    virtual rate_decision peek(std::uint32_t n, time_ns now) const noexcept = 0;
    virtual void give_back(std::uint32_t n, time_ns now) noexcept = 0;
  };
  template <typename Limiter>
  struct model final : base {
    template <typename... Args>
    explicit model(Args&&... args) : limiter(std::forward<Args>(args)...) {}
    rate_decision try_acquire(std::uint32_t n, time_ns now) noexcept override {
      return limiter.try_acquire(n, now);
    }
    rate_decision peek(std::uint32_t n, time_ns now) const noexcept override { return limiter.peek(n, now); }
    void give_back(std::uint32_t n, time_ns now) noexcept override { limiter.give_back(n, now); }
    Limiter limiter;
  };
  explicit any_rate_limiter(std::unique_ptr<base> of) noexcept : of_(std::move(of)) {}

  std::unique_ptr<base> of_;
};

}  // namespace seckill::inline v1
