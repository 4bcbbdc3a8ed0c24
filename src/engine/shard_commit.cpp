// The committing half of a shard.
#include "engine/shard.hpp"
#include <seckill/frame.hpp>

namespace seckill::inline v1 {

bool shard::commit_turn() {
  const std::size_t count = batches_.waiting();
  if (count == 0) return false;
  const auto give_up = [&] {
    refuse_rest(count);
    batches_.give_back(count);
    lets_decide_ = true;  // it may have the last of the failure to deal with
    return true;
  };
  if (failed()) return give_up();

  if (auto appended = append(count); !appended) {
    fail(appended.error());
    return give_up();
  }
  if (params_.level == durability::written) publish(count);
  journaled_.raise_written(batches_[count - 1].last_sequence);
  for (std::size_t i = 0; i < count; ++i) release(batches_[i].at(durability::written));

  if (needs_sync(count)) {
    if (auto synced = sync(); !synced) {
      fail(synced.error());
      return give_up();
    }
    // The watermark after the board: feeds wake at it, and what they tell is on the board then.
    if (params_.level == durability::synced) publish(count);
    journaled_.raise_synced(journaled_.written());
  }
  for (std::size_t i = 0; i < count; ++i) release(batches_[i].at(durability::synced));

  for (std::size_t i = 0; i < count; ++i) batches_[i].clear();
  lets_decide_ = batches_.give_back(count);
  return true;
}

result<void> shard::append(std::size_t count) {
  frames_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    batch& each = batches_[i];
    if (each.events.count() == 0) continue;
    frame_header head;
    head.identity = identity_;
    head.term = last_frame_.term;
    head.first_sequence = each.first_sequence;
    head.at_ms = each.at_ms;
    head.wall_ms = wall_ != nullptr ? wall_->wall_ms() : each.at_ms;
    head.previous_checksum = last_frame_.checksum;
    last_frame_.checksum = encode_frame(each.events, head, each.frame);
    frames_.push_back({each.first_sequence, each.frame});
  }
  if (frames_.empty()) return {};
  if (auto appended = journal_.append(frames_); !appended) return appended;
  frames_appended_.fetch_add(frames_.size(), std::memory_order_relaxed);
  return {};
}

bool shard::needs_sync(std::size_t count) {
  if (journaled_.synced() == journaled_.written()) return false;
  if (params_.level == durability::synced) return true;
  for (std::size_t i = 0; i < count; ++i)
    if (!batches_[i].at(durability::synced).empty()) return true;
  return false;
}

result<void> shard::sync() {
  if (auto synced = journal_.sync(); !synced) return synced;
  syncs_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

void shard::sync_turn() {
  if (!has_unsynced()) return;
  if (auto synced = sync(); !synced)
    fail(synced.error());
  else
    journaled_.raise_synced(journaled_.written());
}

void shard::publish(std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (!batches_[i].changes.empty()) board_.publish(batches_[i].changes, batches_[i].settles);
}

void shard::release(std::vector<pending_answer>& answers) noexcept {
  if (answers.empty()) return;
  answer_counters::tally tally(counters_);
  for (const pending_answer& each : answers) {
    if (each.counts) tally.decided(each.reply);
    each.then.done(each.then.context, each.reply);
  }
  answers.clear();
}

void shard::fail(const error& why) {
  {
    const std::lock_guard lock(failure_mutex_);
    failure_ = why.text;
  }
  failed_.store(true, std::memory_order_release);
}

// Whether these happened is not known: a restart will tell, and the same request ids are safe then.
void shard::refuse_rest(std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    for (auto& answers : batches_[i].answers) {
      for (pending_answer& each : answers) each.reply = {.code = outcome::unavailable};
      release(answers);
    }
    batches_[i].clear();
  }
}

}  // namespace seckill::inline v1
