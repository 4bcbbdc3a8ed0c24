#include "state.hpp"
#include <seckill/policy/key_hash.hpp>

#include <algorithm>
#include <utility>

namespace seckill::inline v1 {

// One read that waits for a flight. It keeps itself alive until it is told, or has given up.
class SECKILL_HIDDEN storage::state::read_op final : public flights::waiter {
 public:
  explicit read_op(read_done done) : waiter(&told), done_(std::move(done)) {}

  void keep(std::shared_ptr<read_op> me) noexcept { self_ = std::move(me); }
  void tell(const result<found_record>& value) {
    const std::shared_ptr<read_op> until_done = std::move(self_);
    done_(value);
  }

 private:
  static void told(flights::waiter& me, const flights::answer& value, bool) noexcept {
    static_cast<read_op&>(me).tell(value);
  }

  const read_done done_;
  std::shared_ptr<read_op> self_;
};

bool storage::state::accepts(std::string_view key) const noexcept {
  if (key.empty() || key.size() > cache_key_size_max) return false;
  return params_.accepts == nullptr || params_.accepts(key);
}

std::optional<found_record> storage::state::look(std::string_view key, time_ns now) {
  if (!accepts(key)) {
    count(refused_ids);
    return found_record{nullptr, record_origin::id_check};
  }
  if (levels_.filter != nullptr && !levels_.filter->may_contain(key_hash(key))) {
    count(filtered);
    return found_record{nullptr, record_origin::filter};
  }
  return look_cached(key, now);
}

std::optional<found_record> storage::state::look_cached(std::string_view key, time_ns now) {
  if (levels_.local == nullptr || !local_usable_.load(std::memory_order_acquire)) return std::nullopt;
  found_record found{nullptr, record_origin::local};
  switch (levels_.local->read(key, now, [&found](const record_ptr& known) { found.record = known; })) {
    case cache_answer::miss:
      return std::nullopt;
    case cache_answer::refresh:
      refresh(key, now);
      break;
    case cache_answer::hit:
    case cache_answer::absent:
      break;
  }
  return found;
}

void storage::state::refresh(std::string_view key, time_ns now) {
  flights::leader lead = flights_.lead(key);
  if (!lead) return;  // it is being loaded
  count(refreshes);
  load_batch batch;
  batch.push_back({.lead = std::move(lead), .since = now, .refreshes = true});
  start(std::move(batch));
}

void storage::state::read(std::string_view key, time_ns now, time_ns deadline, read_done done) {
  if (const std::optional<found_record> known = look(key, now)) return done(*known);
  if (now >= deadline) return done(make_error(errc::timed_out, "storage: the deadline had passed"));
  flights::leader lead = wait_for(key, deadline, std::move(done));
  if (!lead) return;
  load_batch batch;
  batch.push_back({.lead = std::move(lead), .since = now, .refreshes = false});
  start(std::move(batch));
}

// Joins the flight of the key; true: this caller has to start the load.
auto storage::state::wait_for(std::string_view key, time_ns deadline, read_done done) -> flights::leader {
  const auto waiting = std::make_shared<read_op>(std::move(done));
  waiting->keep(waiting);
  flights::joined joined = flights_.join(key, *waiting);
  if (joined.role == flight_role::refused) {
    waiting->tell(make_error(errc::unavailable, "storage: flights_max or waiters_max is reached; ask again"));
    return {};
  }
  if (deadline == no_deadline) return std::move(joined.lead);
  const std::weak_ptr<read_op> known = waiting;
  const bool timed = levels_.work->post_at(deadline, [me = shared_from_this(), known] {
    me->expire(known, errc::timed_out, "storage: the load was not done by the deadline");
  });
  if (!timed) expire(known, errc::unavailable, "storage: the executor has no room for a deadline; ask again");
  return std::move(joined.lead);
}

void storage::state::expire(const std::weak_ptr<read_op>& waiting, errc code, const char* why) {
  const std::shared_ptr<read_op> op = waiting.lock();
  if (op == nullptr || !flights_.abandon(*op)) return;
  count(timed_out);
  op->tell(make_error(code, why));
}

namespace {

// Collects the answers of one read_many().
class gathered {
 public:
  gathered(std::size_t keys, storage::read_many_done done)
      : answers_(keys, make_error(errc::unavailable, "")), left_(keys), done_(std::move(done)) {}
  void set(std::size_t at, const result<found_record>& answer) {
    answers_[at] = answer;
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) done_(answers_);
  }

 private:
  std::vector<result<found_record>> answers_;
  std::atomic<std::size_t> left_;
  const storage::read_many_done done_;
};

}  // namespace

void storage::state::read_many(std::span<const std::string_view> keys, time_ns now, time_ns deadline,
                               read_many_done done) {
  if (keys.empty()) return done({});
  const auto all = std::make_shared<gathered>(keys.size(), std::move(done));
  load_batch batch;
  for (std::size_t at = 0; at < keys.size(); ++at) {
    read_done one = [all, at](const result<found_record>& answer) { all->set(at, answer); };
    if (const std::optional<found_record> known = look(keys[at], now)) {
      one(*known);
    } else if (now >= deadline) {
      one(make_error(errc::timed_out, "storage: the deadline had passed"));
    } else if (flights::leader lead = wait_for(keys[at], deadline, std::move(one))) {
      batch.push_back({.lead = std::move(lead), .since = now, .refreshes = false});
    }
    if (batch.size() == params_.batch_max) start(std::exchange(batch, {}));
  }
  if (!batch.empty()) start(std::move(batch));
}

}  // namespace seckill::inline v1
