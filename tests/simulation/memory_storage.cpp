#include "tests/simulation/storage.hpp"
#include <seckill/frame.hpp>
#include <seckill/memory/memory_journal.hpp>
#include <seckill/memory/memory_order_store.hpp>

#include <utility>

namespace seckill::testing {
namespace {

class memory_storage final : public simulated_storage {
 public:
  memory_storage(std::shared_ptr<journal_image> frames, std::shared_ptr<order_image> orders)
      : frames_(std::move(frames)), orders_(std::move(orders)) {}

  result<std::unique_ptr<journal>> open_journal() override { return open_memory_journal(frames_); }
  result<std::unique_ptr<order_store>> open_orders() override { return open_memory_order_store(orders_); }

  remains after_crash(bool machine, workload& random) override {
    if (!machine)
      return {
          std::make_unique<memory_storage>(frames_->after_process_crash(), orders_->after_process_crash())};
    const std::size_t synced = frames_->synced_frame_count();
    const std::size_t unsynced = frames_->frame_count() - synced;
    const auto left = frames_->after_machine_crash(random.below(unsynced + 1));
    const bool torn = left->frame_count() > synced && random.chance(50);
    if (torn) left->tear_last_frame(random.below(frame_header::size + 8));
    return {std::make_unique<memory_storage>(left, orders_->after_machine_crash()), torn};
  }

  damaged after_damage(workload& random) override {
    if (frames_->synced_frame_count() < 2) return {};
    const auto copy = frames_->after_machine_crash();
    auto made = std::make_unique<memory_storage>(copy, std::make_shared<order_image>());
    const auto snapshots = open_memory_journal(copy).value()->snapshots().value();
    if (!snapshots.empty() && random.chance(40))
      return {std::move(made), damage_snapshot(*copy, snapshots, random), true};
    const std::size_t index = random.below(copy->frame_count());
    const bool last = index + 1 == copy->frame_count();
    if (!last && random.chance(30)) {
      copy->lose_frame(index);
      return {std::move(made), "a lost frame"};
    }
    copy->damage_frame(index, random.below(frame_header::size + 8), std::byte{1} << random.below(8));
    return {std::move(made), "a damaged frame", false, last};
  }

 private:
  static std::string damage_snapshot(journal_image& of, const std::vector<std::uint64_t>& snapshots,
                                     workload& random) {
    const std::uint64_t which = snapshots[random.below(snapshots.size())];
    const std::size_t at = random.below(of.snapshot_bytes(which));
    if (random.chance(50))
      of.damage_snapshot(which, at, std::byte{1} << random.below(8));
    else
      of.tear_snapshot(which, at);
    return "a damaged snapshot";
  }

  std::shared_ptr<journal_image> frames_;
  std::shared_ptr<order_image> orders_;
};

}  // namespace

std::unique_ptr<simulated_storage> make_memory_storage() {
  return std::make_unique<memory_storage>(std::make_shared<journal_image>(), std::make_shared<order_image>());
}

}  // namespace seckill::testing
