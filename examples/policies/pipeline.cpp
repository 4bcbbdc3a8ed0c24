// A blocking caller of three payment servers: limited, with a breaker, balanced, retried. While it runs, one server fails,
// and the operator tightens the limit.

#include <seckill/policy/gcra_limiter.hpp>
#include <seckill/policy/pipeline_stages.hpp>
#include <seckill/policy/random.hpp>
#include <seckill/policy/run_call.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>

namespace {

// The clock is simulated; a program sleeps in wait_until() and sends a request in call().
struct driver {
  seckill::time_ns clock = 0;
  bool first_is_down = false;

  seckill::time_ns now() const { return clock; }
  void wait_until(seckill::deadline until) { clock = until.at_ns(); }
  seckill::attempt_result call(const seckill::pipeline_action& start) {
    clock += 2 * seckill::ns_per_ms;
    const bool failed = first_is_down && start.target_id == 1;
    return {.came_to = failed ? seckill::call_outcome::failure : seckill::call_outcome::success};
  }
};

std::shared_ptr<seckill::pipeline_stage> limit_per_second(std::uint64_t permits) {
  return make_stage(
      std::make_shared<seckill::any_rate_limiter>(seckill::any_rate_limiter::of<seckill::gcra_limiter>(
          seckill::gcra_params{.permits = permits, .burst = permits / 10})));
}

struct counts {
  int answered = 0;
  int failed = 0;
  int limited = 0;
};

counts call_for_a_second(const seckill::pipeline& payments, driver& io, std::uint64_t& random) {
  counts seen;
  const seckill::time_ns start = io.clock;
  while (io.clock < start + seckill::ns_per_s) {
    const seckill::call_result result =
        run_call(payments,
                 {.until = seckill::deadline::after(500 * seckill::ns_per_ms, io.clock),
                  .random = seckill::splitmix64(random)},
                 io);
    if (result.how == seckill::call_end::answered)
      ++seen.answered;
    else if (result.refused_by == std::string_view("rate_limit"))
      ++seen.limited, io.clock += seckill::ns_per_ms;
    else
      ++seen.failed;
  }
  return seen;
}

}  // namespace

int main() {
  const std::array<seckill::target, 3> servers{{{.id = 1}, {.id = 2}, {.id = 3}}};
  const auto balancer = std::make_shared<seckill::load_balancer>(
      seckill::load_balancer_params{.ejection = seckill::outlier_ejector_params{}}, servers, 0);
  const auto breaker = std::make_shared<seckill::circuit_breaker>(seckill::circuit_breaker_params{});

  seckill::pipeline_plan plan;
  plan.around_call = {limit_per_second(400)};
  plan.around_attempt = {make_stage(breaker), make_stage(balancer)};
  plan.retry = std::make_shared<seckill::retry_policy>(
      seckill::retry_params{}, std::make_shared<seckill::retry_budget>(seckill::retry_budget_params{}));
  seckill::pipeline payments(plan);

  driver io;
  std::uint64_t random = 1;
  const counts well = call_for_a_second(payments, io, random);
  io.first_is_down = true;
  const counts one_down = call_for_a_second(payments, io, random);
  plan.around_call = {
      limit_per_second(50)};  // calls in flight end under the old plan; breaker and balancer go on
  payments.reconfigure(plan);
  const counts limited = call_for_a_second(payments, io, random);

  std::printf("all well:   %d answered, %d failed, %d limited\n", well.answered, well.failed, well.limited);
  std::printf("one down:   %d answered, %d failed, %d limited\n", one_down.answered, one_down.failed,
              one_down.limited);
  std::printf("at 50 /s:   %d answered, %d failed, %d limited\n", limited.answered, limited.failed,
              limited.limited);
  return one_down.failed == 0 && one_down.answered > 200 && limited.answered < 100 ? 0 : 1;
}
