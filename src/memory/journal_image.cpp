#include "journal_image_state.hpp"

#include <iterator>
#include <stdexcept>

namespace seckill::inline v1 {
namespace {

stored_bytes damaged(const stored_bytes& bytes, std::size_t at, std::byte flip) {
  auto copy = std::make_shared<std::vector<std::byte>>(*bytes);
  copy->at(at) ^= flip;
  return copy;
}

stored_bytes torn(const stored_bytes& bytes, std::size_t bytes_kept) {
  if (bytes_kept > bytes->size()) throw std::out_of_range("journal_image: bytes_kept is more than there are");
  return std::make_shared<std::vector<std::byte>>(bytes->data(), bytes->data() + bytes_kept);
}

auto frame_at(std::map<std::uint64_t, stored_bytes>& frames, std::size_t index) {
  if (index >= frames.size()) throw std::out_of_range("journal_image: no frame of that index");
  return std::next(frames.begin(), static_cast<std::ptrdiff_t>(index));
}

}  // namespace

journal_image::journal_image() : state_(std::make_unique<state>()) {}
journal_image::~journal_image() = default;

std::shared_ptr<journal_image> journal_image::after_process_crash() const {
  auto copy = std::make_shared<journal_image>();
  const std::lock_guard lock(state_->mutex);
  copy->state_->now = state_->now;
  return copy;
}

std::shared_ptr<journal_image> journal_image::after_machine_crash(std::size_t unsynced_kept) const {
  auto copy = after_process_crash();
  auto& left = copy->state_->now;
  auto lost = left.frames.upper_bound(left.synced_up_to);
  for (; unsynced_kept > 0 && lost != left.frames.end(); --unsynced_kept) ++lost;
  left.frames.erase(lost, left.frames.end());
  copy->state_->sync();
  return copy;
}

std::size_t journal_image::frame_count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->now.frames.size();
}

std::size_t journal_image::synced_frame_count() const {
  const std::lock_guard lock(state_->mutex);
  const auto& frames = state_->now.frames;
  return static_cast<std::size_t>(
      std::distance(frames.begin(), frames.upper_bound(state_->now.synced_up_to)));
}

std::uint64_t journal_image::frame_bytes() const {
  const std::lock_guard lock(state_->mutex);
  std::uint64_t sum = 0;
  for (const auto& [first, bytes] : state_->now.frames) sum += bytes->size();
  return sum;
}

void journal_image::damage_frame(std::size_t index, std::size_t at, std::byte flip) {
  const std::lock_guard lock(state_->mutex);
  stored_bytes& bytes = frame_at(state_->now.frames, index)->second;
  bytes = damaged(bytes, at, flip);
}

void journal_image::tear_last_frame(std::size_t bytes_kept) {
  const std::lock_guard lock(state_->mutex);
  stored_bytes& bytes = frame_at(state_->now.frames, state_->now.frames.size() - 1)->second;
  bytes = torn(bytes, bytes_kept);
}

void journal_image::lose_frame(std::size_t index) {
  const std::lock_guard lock(state_->mutex);
  state_->now.frames.erase(frame_at(state_->now.frames, index));
}

std::size_t journal_image::snapshot_bytes(std::uint64_t sequence) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->now.snapshots.find(sequence);
  return found == state_->now.snapshots.end() ? 0 : found->second->size();
}

void journal_image::damage_snapshot(std::uint64_t sequence, std::size_t at, std::byte flip) {
  const std::lock_guard lock(state_->mutex);
  stored_bytes& bytes = state_->now.snapshots.at(sequence);
  bytes = damaged(bytes, at, flip);
}

void journal_image::tear_snapshot(std::uint64_t sequence, std::size_t bytes_kept) {
  const std::lock_guard lock(state_->mutex);
  stored_bytes& bytes = state_->now.snapshots.at(sequence);
  bytes = torn(bytes, bytes_kept);
}

}  // namespace seckill::inline v1
