#include "state.hpp"
#include <seckill/policy/random.hpp>

#include <algorithm>
#include <utility>

namespace seckill::inline v1 {

// A task that is not taken is destroyed, and its leaders with it: whoever waits is told errc::unavailable.
void storage::state::start(load_batch batch, std::optional<time_ns> at) {
  const auto work = std::make_shared<load_batch>(std::move(batch));
  executor::task task = [me = shared_from_this(), work] { me->run(*work); };
  [[maybe_unused]] const bool taken =
      at ? levels_.work->post_at(*at, std::move(task)) : levels_.work->post(std::move(task));
}

void storage::state::run(load_batch& batch) {
  const time_ns now = this->now();
  begin(batch, now);
  if (batch.empty()) return;
  std::vector<cache_lookup> seen = ask_shared(batch, now);
  load_batch to_source;
  load_batch again;
  time_ns again_at = no_deadline;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    load& each = batch[i];
    const load_decision next = decide_load(params_.loads, seen[i], each.since, now);
    switch (next.step) {
      case load_step::answer:
        count(shared_hits);
        settle(each,
               {seen[i].state == cache_state::value
                    ? std::make_shared<const stored_record>(std::move(seen[i].record))
                    : nullptr,
                record_origin::shared},
               this->now() - now);
        break;
      case load_step::ask_source:
        each.lease = next.lease;
        to_source.push_back(std::move(each));
        break;
      case load_step::ask_again:
        count(waits);
        again_at = std::min(again_at, next.ask_at);
        again.push_back(std::move(each));
        break;
      case load_step::give_up:
        each.lead.finish(
            make_error(errc::unavailable, "storage: another node has been loading it for too long"));
        break;
    }
  }
  if (!again.empty()) start(std::move(again), again_at);
  if (!to_source.empty()) ask_source(to_source);
}

// Another flight may have ended between the miss and this one: look again. Then take the tickets, before anybody is asked.
void storage::state::begin(load_batch& batch, time_ns now) {
  std::erase_if(batch, [&](load& each) {
    const std::optional<found_record> known = each.refreshes ? std::nullopt : look_cached(each.key(), now);
    if (known) each.lead.finish(*known);
    return known.has_value();
  });
  for (load& each : batch) {
    each.keeps_local = levels_.local != nullptr && local_usable_.load(std::memory_order_acquire);
    if (each.keeps_local) each.ticket = levels_.local->begin_fill(each.key());
  }
}

std::vector<cache_lookup> storage::state::ask_shared(const load_batch& batch, time_ns now) {
  std::vector<cache_lookup> uncached(batch.size(), {.state = cache_state::being_written, .record = {}});
  if (levels_.shared == nullptr) return uncached;
  std::vector<std::string_view> keys;
  keys.reserve(batch.size());
  for (const load& each : batch) keys.push_back(each.key());
  result<std::vector<cache_lookup>> seen = levels_.shared->get(keys, now);
  if (seen) return std::move(*seen);
  count(shared_failures);
  return uncached;
}

void storage::state::ask_source(load_batch& batch) {
  std::vector<std::string_view> keys;
  keys.reserve(batch.size());
  for (const load& each : batch) keys.push_back(each.key());
  count(source_loads, keys.size());
  const time_ns asked_at = now();
  result<std::vector<std::optional<stored_record>>> loaded = levels_.source->load(keys);
  if (!loaded) {
    count(source_failures);
    return fail(batch, loaded.error());
  }
  const time_ns answered_at = now();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    std::optional<stored_record>& record = (*loaded)[i];
    fill_shared(batch[i], record, answered_at);
    settle(
        batch[i],
        {record ? std::make_shared<const stored_record>(std::move(*record)) : nullptr, record_origin::source},
        answered_at - asked_at);
  }
}

void storage::state::fail(load_batch& batch, const error& why) {
  const time_ns failed_at = now();
  for (load& each : batch) {
    if (each.lease != 0 && !levels_.shared->cancel(each.key(), each.lease, failed_at)) count(shared_failures);
    found_record old{nullptr, record_origin::stale};
    const bool has_old =
        each.keeps_local &&
        levels_.local->read_stale(each.key(), failed_at, [&](const auto& known) { old.record = known; });
    if (has_old) count(stale_served);
    each.lead.finish(has_old ? result<found_record>(old) : result<found_record>(why));
  }
}

void storage::state::fill_shared(const load& of, const std::optional<stored_record>& record, time_ns now) {
  if (of.lease == 0) return;
  const time_ns ttl_ns = varied(record ? params_.shared_ttl_ns : params_.shared_absent_ttl_ns);
  if (!levels_.shared->fill(of.key(), of.lease, record, ttl_ns, now)) count(shared_failures);
}

void storage::state::settle(load& done, const found_record& found, time_ns load_ns) {
  if (done.keeps_local && found.record == nullptr) {
    levels_.local->fill_absent(done.key(), done.ticket, now());
  } else if (done.keeps_local) {
    const std::uint32_t weight = params_.weigh == nullptr ? 1 : params_.weigh(done.key(), *found.record);
    levels_.local->fill(done.key(), done.ticket, found.record, now(), {.weight = weight, .load_ns = load_ns});
  }
  done.lead.finish(found);
}

time_ns storage::state::varied(time_ns ttl_ns) noexcept {
  std::uint64_t at = params_.seed + random_.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15;
  const double share = params_.shared_ttl_jitter * (2.0 * uniform_of(splitmix64(at)) - 1.0);
  return ttl_ns + static_cast<time_ns>(static_cast<double>(ttl_ns) * share);
}

}  // namespace seckill::inline v1
