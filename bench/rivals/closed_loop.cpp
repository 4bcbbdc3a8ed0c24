#include "closed_loop.hpp"

#include <cerrno>
#include <deque>
#include <poll.h>
#include <stdexcept>
#include <vector>

namespace seckill::rivals {
namespace {

using steady = std::chrono::steady_clock;

class loop {
 public:
  loop(std::span<const std::unique_ptr<lane>> lanes, std::size_t depth, const std::function<wish()>& next)
      : next_(next) {
    for (const auto& each : lanes) places_.push_back({each.get(), std::vector<wish>(depth), {}, false});
  }

  tally run(std::chrono::nanoseconds length) {
    const auto start = steady::now();
    for (place& each : places_) send(each);
    std::vector<pollfd> ready(places_.size());
    for (std::size_t waiting = places_.size(); waiting > 0;) {
      for (std::size_t i = 0; i < places_.size(); ++i)
        ready[i] = {places_[i].busy ? places_[i].to->descriptor() : -1, POLLIN, 0};
      if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
        throw std::runtime_error("poll failed");
      for (std::size_t i = 0; i < places_.size(); ++i) {
        if (ready[i].revents == 0) continue;
        receive(places_[i]);
        if (steady::now() - start < length || !again_.empty())
          send(places_[i]);
        else
          --waiting;
      }
    }
    seen_.elapsed_ns = static_cast<std::uint64_t>((steady::now() - start).count());
    return std::move(seen_);
  }

 private:
  struct place {
    lane* to;
    std::vector<wish> asked;
    steady::time_point sent;
    bool busy;
  };

  wish take_next() {
    if (again_.empty()) return next_();
    const wish what = again_.front();
    again_.pop_front();
    return what;
  }
  void send(place& at) {
    const time_ms now = wall_clock_ms();
    for (wish& each : at.asked) at.to->add(each = take_next(), now);
    at.sent = steady::now();
    at.busy = true;
    at.to->flush();
  }
  void receive(place& at) {
    at.busy = false;
    for (const wish& each : at.asked) {
      const verdict said = at.to->receive();
      ++seen_.verdicts.at(static_cast<std::size_t>(said));
      if (said == verdict::failed)
        again_.push_back(each);
      else
        seen_.latencies.record(static_cast<std::uint64_t>((steady::now() - at.sent).count()));
    }
  }

  const std::function<wish()>& next_;
  std::vector<place> places_;
  std::deque<wish> again_;
  tally seen_;
};

}  // namespace

void tally::add(const tally& other) {
  for (std::size_t i = 0; i < verdicts.size(); ++i) verdicts.at(i) += other.verdicts.at(i);
  elapsed_ns += other.elapsed_ns;
  latencies.add(other.latencies);
}

tally run_closed_loop(std::span<const std::unique_ptr<lane>> lanes, std::size_t depth,
                      std::chrono::nanoseconds length, const std::function<wish()>& next) {
  return loop(lanes, depth, next).run(length);
}

}  // namespace seckill::rivals
