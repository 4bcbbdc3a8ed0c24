#include <seckill/policy/timing_wheel.hpp>

#include <stdexcept>
#include <vector>

namespace seckill::inline v1 {

class SECKILL_HIDDEN timing_wheel::storage {
 public:
  explicit storage(std::size_t size) : nodes(size) {}
  std::vector<node> nodes;
};

timing_wheel::timing_wheel(const timing_wheel_params& params) : tick_ns_(params.tick_ns) {
  if (params.tick_ns < 1) throw std::invalid_argument("timing_wheel: tick_ns must be at least 1");
  if (params.pending_max < 1 || params.pending_max > none - first_timer) {
    throw std::invalid_argument("timing_wheel: pending_max must be from 1 to 4294966590");
  }
  end_ = first_timer + params.pending_max;
  storage_ = std::make_unique<storage>(end_);
  nodes_ = storage_->nodes.data();
  for (std::uint32_t list = 0; list < first_timer; ++list) nodes_[list].next = nodes_[list].previous = list;
  tick_ = params.start_ns <= 0 ? 0 : static_cast<std::uint64_t>(params.start_ns / params.tick_ns);
}

timing_wheel::~timing_wheel() {
  if (advancing_) *destroyed_ = true;
}

// The first list, in order of time, that holds a timer, and the first tick that belongs to it.
std::uint32_t timing_wheel::next_list(std::uint64_t& start_tick) const noexcept {
  for (std::uint32_t level = 0; level < levels; ++level) {
    const std::uint32_t shift = level * slot_bits;
    const auto digit = static_cast<std::uint32_t>((tick_ >> shift) % slots);
    const std::uint64_t ahead = occupied_[level] >> digit;
    if (ahead == 0) continue;
    const std::uint32_t slot = digit + static_cast<std::uint32_t>(std::countr_zero(ahead));
    start_tick = ((tick_ >> shift) - digit + slot) << shift;
    return level * slots + slot;
  }
  return none;
}

bool timing_wheel::cascade(std::size_t& work_left) noexcept {
  while (nodes_[cascading_].next != cascading_) {
    if (work_left == 0) return false;
    --work_left;
    const std::uint32_t at = nodes_[cascading_].next;
    unlink(at);
    append(list_of(nodes_[at].due_tick), at);
  }
  cascading_ = none;
  return true;
}

// Moves the time to the next tick at which a timer is due, or to the target.
timing_wheel::found timing_wheel::seek(std::size_t& work_left) noexcept {
  for (;;) {  // ends: each turn brings a slot at least one level down
    if (cascading_ != none && !cascade(work_left)) return found::work_left_none;
    std::uint64_t start_tick = 0;
    const std::uint32_t list = next_list(start_tick);
    if (list == none || start_tick > target_) {
      tick_ = target_;
      return found::nothing_due;
    }
    tick_ = start_tick;
    if (list >= slots) {
      cascading_ = list;
      continue;
    }
    if (work_left == 0) return found::work_left_none;
    --work_left;
    return found::due_timer;
  }
}

void timing_wheel::end_advance() noexcept {
  advancing_ = false;
  while (nodes_[deferred].next != deferred) {
    const std::uint32_t at = nodes_[deferred].next;
    unlink(at);
    if (nodes_[at].due_tick < tick_) nodes_[at].due_tick = tick_;
    append(list_of(nodes_[at].due_tick), at);
  }
}

std::optional<time_ns> timing_wheel::next_expiry() const noexcept {
  if (size_ == 0) return std::nullopt;
  if (cascading_ != none && nodes_[cascading_].next != cascading_)
    return static_cast<time_ns>(tick_) * tick_ns_;
  std::uint64_t start_tick = target_;
  const std::uint32_t list = next_list(start_tick);
  const bool waits_for_next_advance = occupied_[levels] != 0;
  if (list == none || (waits_for_next_advance && start_tick > target_)) start_tick = target_;
  return static_cast<time_ns>(start_tick) * tick_ns_;
}

}  // namespace seckill::inline v1
