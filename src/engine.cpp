#include "engine/running_engine.hpp"
#include <seckill/engine.hpp>

#include <bit>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace seckill::inline v1 {
namespace {

std::optional<error> wrong_params(const engine_params& params,
                                  const std::vector<std::unique_ptr<journal>>& journals) {
  const auto must = [](const char* what) { return make_error(errc::invalid_argument, what); };
  if (journals.empty() || journals.size() > 254) return must("journals: must be 1 to 254, one per shard");
  for (const auto& each : journals)
    if (!each) return must("journals: must not be null");
  if (!std::has_single_bit(params.ring_capacity) || params.ring_capacity < 2)
    return must("engine_params.ring_capacity: must be a power of two, at least 2");
  if (params.batch_max == 0) return must("engine_params.batch_max: must be at least 1");
  if (params.batches_in_flight_max == 0)
    return must("engine_params.batches_in_flight_max: must be at least 1");
  if (params.expire_batch_max == 0) return must("engine_params.expire_batch_max: must be at least 1");
  if (params.sync_every_ms == 0) return must("engine_params.sync_every_ms: must be at least 1");
  if (params.snapshots_kept == 0) return must("engine_params.snapshots_kept: must be at least 1");
  if (params.level > durability::synced) return must("engine_params.level: not a durability");
  if (params.time.step_max_ms < 0 || params.time.step_max_ms > 3'600'000)
    return must("engine_params.time.step_max_ms: must be 0 to 3600000");
  if (params.time.downtime_max_ms < 0)
    return must("engine_params.time.downtime_max_ms: must not be negative");
  if (params.time.slew_one_in < 10) return must("engine_params.time.slew_one_in: must be at least 10");
  return std::nullopt;
}

// Blocks a thread until its answer is there. It lives on that thread's stack: done() holds the mutex to its end, so
// that the waiting thread cannot return, and destroy it, before.
class rendezvous {
 public:
  static void done(void* context, const answer& reply) noexcept {
    auto& self = *static_cast<rendezvous*>(context);
    const std::lock_guard lock(self.mutex_);
    self.reply_ = reply;
    self.there_.notify_one();
  }
  answer wait() {
    std::unique_lock lock(mutex_);
    there_.wait(lock, [&] { return reply_.has_value(); });
    return *reply_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<answer> reply_;
};

void keep_promise(void* context, const answer& reply) noexcept {
  const std::unique_ptr<std::promise<answer>> promised(static_cast<std::promise<answer>*>(context));
  promised->set_value(reply);
}

}  // namespace

result<std::unique_ptr<engine>> engine::open(const engine_params& params,
                                             std::vector<std::unique_ptr<journal>> journals,
                                             const time_source& time) {
  if (auto wrong = wrong_params(params, journals)) return *std::move(wrong);
  return running_engine::start(params, std::move(journals), time);
}

answer engine::execute(const command& what, std::optional<durability> level) {
  rendezvous meeting;
  submit({what, {&rendezvous::done, &meeting}, level});
  return meeting.wait();
}

std::future<answer> engine::post(const command& what, std::optional<durability> level) {
  auto promised = std::make_unique<std::promise<answer>>();
  std::future<answer> future = promised->get_future();
  submit({what, {&keep_promise, promised.release()}, level});
  return future;
}

result<std::optional<reservation_view>> engine::find(reservation_id reservation) {
  if (ledger_of(reservation) >= shard_count()) return std::optional<reservation_view>{};
  // Shared with the engine's thread: std::function wants copies.
  struct answer_sheet {
    std::optional<reservation_view> found;
    std::promise<outcome> asked;
  };
  const auto sheet = std::make_shared<answer_sheet>();
  read(
      ledger_of(reservation),
      [sheet, reservation](const ledger& books) { sheet->found = books.find(reservation); },
      [sheet](outcome code) { sheet->asked.set_value(code); });
  const outcome code = sheet->asked.get_future().get();
  if (code != outcome::applied)
    return make_error(errc::unavailable, "engine: " + std::string(to_string(code)) + "; ask again");
  return std::move(sheet->found);
}

}  // namespace seckill::inline v1
