#include "state.hpp"
#include <seckill/policy/key_hash.hpp>

#include <utility>

namespace seckill::inline v1 {

void storage::state::post(write what) {
  if (!accepts(what.key))
    return what.done(make_error(errc::invalid_argument, "storage: that cannot be a key"));
  const auto work = std::make_shared<write>(std::move(what));
  if (!levels_.work->post([me = shared_from_this(), work] { me->run(*work); }))
    work->done(make_error(errc::unavailable, "storage: the executor has no room; nothing was written"));
}

// The key is held in the shared cache while the source is written: what is loaded meanwhile is not cached, and if this
// process dies the hold ends by itself with nothing cached. So a write that cannot be announced is not made.
void storage::state::run(write& what) {
  std::uint64_t held = 0;
  if (levels_.shared != nullptr) {
    const result<std::uint64_t> begun = levels_.shared->begin_write(what.key, params_.write_hold_ns, now());
    if (!begun) {
      count(shared_failures);
      return what.done(make_error(
          errc::unavailable, "storage: nothing was written, because the shared cache cannot be told of it: " +
                                 begun.error().text));
    }
    held = *begun;
  }
  const result<write_answer> answer = write_source(what);
  if (!answer) count(source_failures);
  if (levels_.shared != nullptr && !levels_.shared->end_write(what.key, held, now())) count(shared_failures);
  if (!answer || answer->outcome == write_outcome::done)
    tell_changed(what);  // a failed write may have happened
  what.done(answer);
}

result<write_answer> storage::state::write_source(const write& what) {
  switch (what.what) {
    case write::kind::create:
      return levels_.source->create(what.key, what.value);
    case write::kind::update:
      return levels_.source->update(what.key, what.value, what.expected);
    case write::kind::remove:
      break;
  }
  return levels_.source->remove(what.key, what.expected);
}

// Before the writer is answered: then no read of this node can find what was before, nor join a load of it.
void storage::state::tell_changed(const write& what) {
  const bool created = what.what == write::kind::create;
  if (created && levels_.filter != nullptr) levels_.filter->insert(key_hash(std::string_view(what.key)));
  if (levels_.local != nullptr) levels_.local->invalidate(what.key);
  flights_.forget(what.key);
  if (levels_.bus != nullptr)
    publish({.kind = created ? bus_event_kind::created : bus_event_kind::changed, .key = what.key});
}

void storage::state::publish(const bus_event& what) {
  if (!levels_.bus->publish(what)) return owe_flush();
  if (flush_owed_.load(std::memory_order_acquire)) pay_flush();
}

// What others have not heard of, they hear of as a flush: nothing but one bit has to be remembered.
void storage::state::owe_flush() {
  count(bus_failures);
  flush_owed_.store(true, std::memory_order_release);
  [[maybe_unused]] const bool taken =  // else the next write pays
      levels_.work->post_at(now() + params_.publish_again_ns, [me = shared_from_this()] { me->pay_flush(); });
}

void storage::state::pay_flush() {
  if (!flush_owed_.exchange(false, std::memory_order_acq_rel)) return;
  if (!levels_.bus->publish({.kind = bus_event_kind::flush, .key = {}})) owe_flush();
}

result<void> storage::state::subscribe() {
  if (levels_.bus == nullptr) return {};
  auto stands = levels_.bus->subscribe([this](const bus_event& what) { on_bus(what); });
  if (!stands) return stands.error();
  subscription_ = std::move(*stands);
  flush_local();  // what it holds from before was not watched over
  return {};
}

void storage::state::on_bus(const bus_event& what) {
  switch (what.kind) {
    case bus_event_kind::created:
      if (levels_.filter != nullptr) levels_.filter->insert(key_hash(what.key));
      [[fallthrough]];
    case bus_event_kind::changed:
      if (levels_.local != nullptr) levels_.local->invalidate(what.key);
      flights_.forget(what.key);
      break;
    case bus_event_kind::flush:
      flush_local();
      break;
    case bus_event_kind::lost:
      local_usable_.store(false, std::memory_order_release);
      if (levels_.filter != nullptr) levels_.filter->distrust();
      flush_local();
      break;
    case bus_event_kind::restored:
      flush_local();
      local_usable_.store(true, std::memory_order_release);
      break;
  }
}

void storage::state::flush_local() {
  count(local_flushes);
  if (levels_.local != nullptr) levels_.local->invalidate_all();
  flights_.forget_all();
}

storage_stats storage::state::stats() const noexcept {
  const auto of = [this](counter what) { return counters_[what].load(std::memory_order_relaxed); };
  return {.refused_ids = of(refused_ids),
          .filtered = of(filtered),
          .source_loads = of(source_loads),
          .shared_hits = of(shared_hits),
          .waits = of(waits),
          .refreshes = of(refreshes),
          .stale_served = of(stale_served),
          .timed_out = of(timed_out),
          .source_failures = of(source_failures),
          .shared_failures = of(shared_failures),
          .bus_failures = of(bus_failures),
          .local_flushes = of(local_flushes)};
}

}  // namespace seckill::inline v1
