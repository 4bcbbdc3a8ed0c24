#include "policy/cache_eviction.hpp"

#include <algorithm>
#include <cmath>

namespace seckill::inline v1 {
namespace {

constexpr double window_share_min = 0.01;
constexpr double window_share_max = 0.9;
constexpr double secure_share = 0.8;  // of the main part

// Frequencies are halved once each entry has been seen so often on average.
constexpr std::uint64_t additions_per_entry = 10;

// A rejected key that comes back counts for a larger window if it was rejected no longer ago than a share of the
// entries were. One that comes back later, but sooner than all the entries, counts if the main part is of so little
// use that nearly nothing in it is read: then it is a matter of time. Otherwise it may be a loop, for which the
// window could not become large enough.
constexpr std::uint64_t looked_back_16ths = 3;
constexpr int idle_main_is_believed_at = 8;
constexpr int idle_main_max = 16;
constexpr int idle_main_refuted_by = 8;

}  // namespace

cache_eviction::cache_eviction(std::uint64_t weight_max, std::uint64_t entries_max)
    : weight_max_(weight_max),
      entries_max_(entries_max),
      frequencies_(entries_max),
      rejected_(entries_max),
      window_max_(window_share_min * static_cast<double>(weight_max)) {}

std::uint64_t cache_eviction::weight() const noexcept {
  return queues_[window].weight() + queues_[probation].weight() + queues_[secure].weight();
}

std::uint64_t cache_eviction::count() const noexcept {
  return queues_[window].count() + queues_[probation].count() + queues_[secure].count();
}

std::uint64_t cache_eviction::window_weight_max() const noexcept {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(window_max_)));
}

std::uint64_t cache_eviction::looked_back() const noexcept {
  return std::max<std::uint64_t>(1, count() * looked_back_16ths / 16);
}

void cache_eviction::widen_window(double entries) noexcept {
  const double average =
      static_cast<double>(weight()) / static_cast<double>(std::max<std::uint64_t>(1, count()));
  const auto whole = static_cast<double>(weight_max_);
  window_max_ =
      std::clamp(window_max_ + entries * average, window_share_min * whole, window_share_max * whole);
}

void cache_eviction::record(std::uint64_t hash, unsigned visits) noexcept {
  for (unsigned i = 0; i < visits; ++i) frequencies_.add(hash);
  const std::uint64_t entries = was_full_ ? std::max<std::uint64_t>(1, count()) : entries_max_;
  if (frequencies_.additions() >= additions_per_entry * entries) frequencies_.halve();
}

bool cache_eviction::was_read(cache_node& node) noexcept {
  const std::uint8_t visits = node.visits.load(std::memory_order_relaxed);
  if (visits == 0) return false;
  node.visits.store(0, std::memory_order_relaxed);
  record(node.hash, visits);
  return true;
}

bool cache_eviction::has_second_chance(cache_node& node, turn& now) noexcept {
  if (!was_read(node) || now.chances == 0) return false;
  --now.chances;
  return true;
}

void cache_eviction::move(cache_node& moved, queue_name to) noexcept {
  queue_of(moved).remove(moved);
  moved.queue = to;
  queues_[to].add_newest(moved);
}

void cache_eviction::insert(cache_node& added) noexcept {
  record(added.hash, 1);
  const std::uint32_t rejected_since = rejected_.take(added.hash);
  if (rejected_since <= looked_back()) {
    widen_window(1);
  } else if (rejected_since <= count()) {
    idle_main_ = std::min<std::int64_t>(idle_main_ + 1, idle_main_max);
    if (idle_main_ > idle_main_is_believed_at) widen_window(1);
  }
  newest_ = &added;
  added.queue = window;
  queues_[window].add_newest(added);
}

void cache_eviction::replace(cache_node& old, cache_node& with) noexcept {
  with.queue = old.queue;
  with.visits.store(old.visits.load(std::memory_order_relaxed), std::memory_order_relaxed);
  queue_of(old).replace(old, with);
}

// Of those that leave the window, the first one for which the main part has no room.
cache_eviction::cache_node* cache_eviction::choose_contender(turn& now) noexcept {
  const cache_queue& from = queues_[window];
  while (from.weight() > window_weight_max() && from.count() > 1) {
    cache_node& oldest = *from.oldest();
    // The newest entry has its turn when all the others were read: not yet.
    const bool too_early = &oldest == newest_;
    if (too_early) newest_ = nullptr;
    if (too_early || has_second_chance(oldest, now)) {
      move(oldest, window);
      continue;
    }
    move(oldest, probation);
    const std::uint64_t main_weight = queues_[probation].weight() + queues_[secure].weight();
    if (weight() > weight_max_ && main_weight + window_weight_max() > weight_max_) return &oldest;
  }
  return nullptr;
}

// What was read on probation would have been lost to a larger window. The newly secure may crowd others out.
void cache_eviction::keep(cache_node& read, turn& now) noexcept {
  const auto on_probation = static_cast<double>(queues_[probation].count());
  widen_window(-static_cast<double>(looked_back()) / on_probation);
  idle_main_ = std::max(idle_main_ - idle_main_refuted_by,
                        -static_cast<std::int64_t>(idle_main_refuted_by * looked_back()));
  move(read, secure);
  const double main_max = static_cast<double>(weight_max_) - window_max_;
  while (static_cast<double>(queues_[secure].weight()) > secure_share * main_max) {
    cache_node& oldest = *queues_[secure].oldest();
    move(oldest, has_second_chance(oldest, now) ? secure : probation);
  }
}

cache_eviction::cache_node* cache_eviction::main_victim(const cache_node* spared, turn& now) noexcept {
  for (;;) {  // ends: each turn takes a second chance
    cache_node* oldest = queues_[probation].oldest();
    if (oldest != nullptr && oldest == spared) oldest = oldest->newer;
    if (oldest == nullptr) oldest = queues_[secure].oldest();
    if (oldest == nullptr) return nullptr;
    const bool is_over = oldest->epoch != now.epoch || oldest->expires_at <= now.now;
    if (is_over || !has_second_chance(*oldest, now)) return oldest;
    if (oldest->queue == probation) {
      keep(*oldest, now);
    } else {
      move(*oldest, secure);
    }
  }
}

// By two, if the victim is no newcomer itself: what differs by one are keys of the same frequency, one of which had
// its turn already. In a loop over more keys than fit they would displace one another for nothing.
bool cache_eviction::admits(const cache_node& contender, const cache_node& victim) const noexcept {
  const unsigned defended = frequencies_.estimate(victim.hash);
  return frequencies_.estimate(contender.hash) > defended + (defended >= 2 ? 1 : 0);
}

cache_eviction::cache_node* cache_eviction::next(time_ns now, std::uint64_t epoch) noexcept {
  turn mine{now, epoch, 2 * count()};
  if (contender_ == nullptr) contender_ = choose_contender(mine);
  if (weight() <= weight_max_) {
    contender_ = nullptr;
    return nullptr;
  }
  was_full_ = true;
  cache_node* victim = main_victim(contender_, mine);
  if (victim == nullptr) victim = contender_ != nullptr ? contender_ : queues_[window].oldest();
  if (contender_ != nullptr && victim != contender_ && victim->epoch == epoch && victim->expires_at > now &&
      !admits(*contender_, *victim)) {
    victim = contender_;
    rejected_.add(victim->hash);
  }
  if (victim == contender_) contender_ = nullptr;
  remove(*victim);
  return victim;
}

}  // namespace seckill::inline v1
