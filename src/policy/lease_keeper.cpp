#include <seckill/policy/detail/later.hpp>
#include <seckill/policy/lease_keeper.hpp>
#include <seckill/policy/lease_validity.hpp>

#include <algorithm>
#include <cassert>
#include <limits>
#include <stdexcept>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr time_ns never = std::numeric_limits<time_ns>::max();
constexpr time_ns ttl_min_ns = 10 * ns_per_ms;  // of which the drift leaves something
constexpr time_ns renewals_per_ttl = 3;
constexpr time_ns retries_per_ttl = 12;

lease_keeper_params checked(const lease_keeper_params& params) {
  const time_ns ttl = params.explicit_ttl_ns.value_or(params.renewed_ttl_ns);
  if (params.name.empty() || params.name.size() > lease_name_size_max)
    throw std::invalid_argument("lease_keeper: name must have 1 to 255 bytes");
  if (params.owner == 0) throw std::invalid_argument("lease_keeper: owner must not be zero");
  if (ttl < ttl_min_ns || ttl > lease_ttl_max_ns)
    throw std::invalid_argument("lease_keeper: explicit_ttl_ns or renewed_ttl_ns must be 10 ms to 1 day");
  if (params.held_max_ns < 1) throw std::invalid_argument("lease_keeper: held_max_ns must be at least 1");
  return params;
}

}  // namespace

lease_keeper::lease_keeper(const lease_keeper_params& params, lost_listener lost)
    : params_(checked(params)), lost_(std::move(lost)) {}

time_ns lease_keeper::ttl_ns() const noexcept {
  return params_.explicit_ttl_ns.value_or(params_.renewed_ttl_ns);
}

void lease_keeper::granted(std::uint64_t token, time_ns sent_at) noexcept {
  assert(token != 0);
  const bool is_renewed = !params_.explicit_ttl_ns;
  held_until_ = is_renewed ? detail::later(sent_at, params_.held_max_ns) : never;
  renew_at_ = is_renewed ? detail::later(sent_at, ttl_ns() / renewals_per_ttl) : never;
  asking_ = false;
  extend(sent_at);
  token_.store(token, std::memory_order_release);
}

void lease_keeper::extend(time_ns sent_at) noexcept {
  const time_ns until = detail::later(sent_at, lease_validity_ns(ttl_ns(), 0));
  valid_until_.store(std::min(until, held_until_), std::memory_order_release);
}

bool lease_keeper::advance(time_ns now) {
  if (token() == 0) return false;
  if (valid_for(now) == 0) {
    lose(now >= held_until_ ? lease_loss::held_too_long : lease_loss::lapsed);
    return false;
  }
  if (asking_ || now < renew_at_) return false;
  asking_ = true;
  return true;
}

void lease_keeper::renewed(std::uint64_t token, bool still_owner, time_ns sent_at) {
  if (token == 0 || token != this->token()) return;
  asking_ = false;
  if (!still_owner) return lose(lease_loss::taken);
  renew_at_ = detail::later(sent_at, ttl_ns() / renewals_per_ttl);
  extend(sent_at);
}

void lease_keeper::renewal_failed(time_ns now) noexcept {
  asking_ = false;
  renew_at_ = detail::later(now, ttl_ns() / retries_per_ttl);
}

std::optional<time_ns> lease_keeper::next_deadline() const noexcept {
  if (token() == 0) return std::nullopt;
  const time_ns lapses_at = valid_until_.load(std::memory_order_acquire);
  return asking_ ? lapses_at : std::min(renew_at_, lapses_at);
}

std::uint64_t lease_keeper::give_up() noexcept {
  valid_until_.store(0, std::memory_order_release);
  return token_.exchange(0, std::memory_order_acq_rel);
}

time_ns lease_keeper::valid_for(time_ns now) const noexcept {
  if (token() == 0) return 0;
  return std::max<time_ns>(valid_until_.load(std::memory_order_acquire) - now, 0);
}

void lease_keeper::lose(lease_loss why) {
  const std::uint64_t lost = give_up();
  assert(lost != 0);
  if (lost != 0 && lost_) lost_(why);
}

result<bool> lease_keeper::acquire_from(lease_store& store, time_ns now) {
  const result<lease_grant> answer = store.acquire(params_.name, params_.owner, ttl_ns(), now);
  if (!answer) return answer.error();
  if (*answer) granted(answer->token, now);
  return static_cast<bool>(*answer);
}

result<void> lease_keeper::renew_at(lease_store& store, time_ns now) {
  if (!advance(now)) return {};
  const std::uint64_t mine = token();
  const result<bool> answer = store.renew(params_.name, mine, ttl_ns(), now);
  if (answer)
    renewed(mine, *answer, now);
  else
    renewal_failed(now);
  return answer ? result<void>() : result<void>(answer.error());
}

result<void> lease_keeper::release_to(lease_store& store, time_ns now) {
  const std::uint64_t mine = give_up();
  if (mine == 0) return {};
  const result<bool> answer = store.release(params_.name, mine, now);
  return answer ? result<void>() : result<void>(answer.error());
}

}  // namespace seckill::inline v1
