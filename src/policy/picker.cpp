#include "policy/picker.hpp"

#include "policy/hash_ring.hpp"
#include "policy/weight_schedule.hpp"
#include <seckill/policy/jump_hash.hpp>
#include <seckill/policy/key_hash.hpp>
#include <seckill/policy/random.hpp>

#include <utility>
#include <vector>

namespace seckill::inline v1 {
namespace {

std::vector<std::uint32_t> schedule_of(std::span<const target> targets, bool by_weight) {
  std::vector<std::uint32_t> weights;
  for (const target& each : targets) weights.push_back(by_weight || each.weight == 0 ? each.weight : 1);
  return weight_schedule(weights);
}

/// Who cannot be taken gives its turn to the next: the others keep their shares of what is left.
class rotation_picker final : public picker {
 public:
  rotation_picker(std::vector<std::uint32_t> order, std::atomic<std::uint64_t>& rotation)
      : order_(std::move(order)), rotation_(rotation) {}
  std::uint32_t propose(pick_walk& /*walk*/) const noexcept override {
    return order_[rotation_.fetch_add(1, std::memory_order_relaxed) % order_.size()];
  }

 private:
  const std::vector<std::uint32_t> order_;
  std::atomic<std::uint64_t>& rotation_;
};

class random_picker final : public picker {
 public:
  explicit random_picker(std::vector<std::uint32_t> order) : order_(std::move(order)) {}
  std::uint32_t propose(pick_walk& walk) const noexcept override {
    __extension__ using wide = unsigned __int128;
    return order_[static_cast<std::size_t>((static_cast<wide>(splitmix64(walk.random)) * order_.size()) >>
                                           64U)];
  }

 private:
  const std::vector<std::uint32_t> order_;
};

/// The key itself, then the hash of it, of that, and so on: keys of a target that is out go to all the others.
class jump_picker final : public picker {
 public:
  explicit jump_picker(std::uint32_t targets) : targets_(targets) {}
  std::uint32_t propose(pick_walk& walk) const noexcept override {
    if (walk.turn++ != 0) walk.key = key_hash(walk.key);
    return jump_hash(walk.key, targets_);
  }

 private:
  const std::uint32_t targets_;
};

class ring_picker final : public picker {
 public:
  explicit ring_picker(hash_ring ring) : ring_(std::move(ring)) {}
  std::uint32_t propose(pick_walk& walk) const noexcept override {
    walk.place = walk.turn++ == 0 ? ring_.find(key_hash(walk.key)) : ring_.next(walk.place);
    return ring_.target_at(walk.place);
  }
  std::uint32_t turns_max() const noexcept override { return static_cast<std::uint32_t>(ring_.size()); }

 private:
  const hash_ring ring_;
};

}  // namespace

std::unique_ptr<const picker> make_picker(const load_balancer_params& params, std::span<const target> targets,
                                          std::atomic<std::uint64_t>& rotation) {
  switch (params.by) {
    case balancing::round_robin:
      return std::make_unique<rotation_picker>(schedule_of(targets, false), rotation);
    case balancing::smooth_weighted:
      return std::make_unique<rotation_picker>(schedule_of(targets, true), rotation);
    case balancing::random:
    case balancing::two_choices:
    case balancing::sticky:
      return std::make_unique<random_picker>(schedule_of(targets, true));
    case balancing::jump_hash:
      return std::make_unique<jump_picker>(static_cast<std::uint32_t>(targets.size()));
    case balancing::ring_hash:
      return std::make_unique<ring_picker>(hash_ring(targets, params.ring_points));
  }
  return nullptr;
}

}  // namespace seckill::inline v1
