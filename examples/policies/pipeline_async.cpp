// The same policies around callbacks: calls overlap in one event loop, a slow answer is hedged, and the plan changes while
// calls are in flight. The loop is simulated; with a real one, at() is its timer and send() its socket.

#include <seckill/policy/pipeline_call.hpp>
#include <seckill/policy/pipeline_stages.hpp>
#include <seckill/policy/random.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace {

struct event_loop {
  seckill::time_ns now = 0;
  std::multimap<seckill::time_ns, std::function<void()>> due;

  void at(seckill::time_ns when, std::function<void()> what) { due.emplace(when, std::move(what)); }
  void run() {
    while (!due.empty()) {
      const auto first = due.begin();
      now = first->first;
      const std::function<void()> what = std::move(first->second);
      due.erase(first);
      what();
    }
  }
};

struct tally {
  int answered = 0;
  int hedged = 0;
  seckill::time_ns slowest = 0;
};

// One call: owns its state machine, and lives as long as somebody may call it back.
class client_call : public std::enable_shared_from_this<client_call> {
 public:
  client_call(event_loop& loop, const seckill::pipeline& through, std::uint64_t random, tally& to)
      : loop_(loop),
        to_(to),
        began_(loop.now),
        random_(random),
        call_(through, {.random = random}, loop.now) {}

  void step() {
    for (;;) {
      const seckill::pipeline_action next = call_.step(loop_.now);
      switch (next.what) {
        case seckill::pipeline_action::kind::start:
          send(next.attempt);
          break;
        case seckill::pipeline_action::kind::cancel:
          break;  // a real client would close the stream
        case seckill::pipeline_action::kind::wait:
          if (!next.until.is_never())
            loop_.at(next.until.at_ns(), [self = shared_from_this()] { self->step(); });
          return;
        case seckill::pipeline_action::kind::done:
          return done(next.result);
      }
    }
  }

 private:
  void send(std::uint32_t attempt) {
    const bool slow = seckill::splitmix64(random_) % 50 == 0;
    loop_.at(loop_.now + (slow ? 300 : 5) * seckill::ns_per_ms, [self = shared_from_this(), attempt] {
      self->call_.finish(attempt, {}, self->loop_.now);
      self->step();
    });
  }
  void done(const seckill::call_result& result) {
    if (told_) return;
    told_ = true;
    ++to_.answered;
    to_.hedged += result.attempts > 1 ? 1 : 0;
    to_.slowest = std::max(to_.slowest, loop_.now - began_);
  }

  event_loop& loop_;
  tally& to_;
  const seckill::time_ns began_;
  std::uint64_t random_;
  bool told_ = false;
  seckill::pipeline_call call_;
};

}  // namespace

int main() {
  const std::array<seckill::target, 3> servers{{{.id = 1}, {.id = 2}, {.id = 3}}};
  seckill::pipeline_plan plan;
  plan.around_attempt = {
      make_stage(std::make_shared<seckill::load_balancer>(seckill::load_balancer_params{}, servers, 0))};
  seckill::pipeline through(plan);

  event_loop loop;
  std::uint64_t random = 1;
  tally plain;
  tally hedged;
  const auto start = [&](tally& to) {
    std::make_shared<client_call>(loop, through, seckill::splitmix64(random), to)->step();
  };
  for (int i = 0; i < 2'000; ++i) loop.at(i * seckill::ns_per_ms, [&] { start(plain); });
  loop.at(2 * seckill::ns_per_s, [&] {
    plan.hedge = std::make_shared<seckill::hedge_policy>(
        seckill::hedge_params{.delay_max_ns = 20 * seckill::ns_per_ms});
    through.reconfigure(plan);  // those in flight go on without
  });
  for (int i = 0; i < 2'000; ++i)
    loop.at(2 * seckill::ns_per_s + (i + 1) * seckill::ns_per_ms, [&] { start(hedged); });
  loop.run();

  const auto ms = [](seckill::time_ns length) { return static_cast<long long>(length / seckill::ns_per_ms); };
  std::printf("without hedges: %d answered, slowest %lld ms\n", plain.answered, ms(plain.slowest));
  std::printf("with hedges:    %d answered, slowest %lld ms, %d hedged\n", hedged.answered,
              ms(hedged.slowest), hedged.hedged);
  return plain.answered == 2'000 && hedged.answered == 2'000 && hedged.slowest < plain.slowest ? 0 : 1;
}
