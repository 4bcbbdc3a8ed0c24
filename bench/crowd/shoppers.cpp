#include "shoppers.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t early_wait_ns =
    20 * ns_per_ms;  // told that the sale is not open yet: our clock is ahead
constexpr std::uint64_t jitter_salt = 100;

std::string payment_of(request_id request) { return "pay-" + to_uuid(request); }

tally::by_outcome& counts_of(tally& counts, step what) {
  switch (what) {
    case step::duplicate:
      return counts.duplicates;
    case step::pay:
      return counts.payments;
    case step::give_up:
      return counts.cancels;
    default:
      return counts.reserves;
  }
}

}  // namespace

shoppers::shoppers(const plan& who, shoppers_params params, tally& counts,
                   acknowledged_handler on_acknowledged)
    : plan_(who),
      params_(std::move(params)),
      tally_(counts),
      on_acknowledged_(std::move(on_acknowledged)),
      reserve_target_(reserve_target(params_.sale)) {}

bool shoppers::time_is_up(std::uint64_t now_ns) const {
  return stopped_ || now_ns >= params_.opening_ns + params_.duration_ns;
}

std::uint64_t shoppers::arrival_due_ns() const { return params_.opening_ns + plan_.arrival_ns(next_index_); }

bool shoppers::somebody_arrives(std::uint64_t now_ns) const {
  return next_index_ < plan_.size() && !time_is_up(now_ns) && arrival_due_ns() <= now_ns;
}

std::optional<call> shoppers::next(std::uint64_t now_ns) {
  if (time_is_up(now_ns)) next_index_ = plan_.size();
  const bool arrival = somebody_arrives(now_ns);
  const bool waited = !waiting_.empty() && waiting_.top().due_ns <= now_ns;
  if (!arrival && !waited) return std::nullopt;
  ++under_way_;
  // Without planned arrivals whoever is already here goes first, or a payment would wait for the whole crowd.
  if (arrival && (!waited || (plan_.open_loop() && arrival_due_ns() <= waiting_.top().due_ns)))
    return arrive(now_ns);
  const call what = waiting_.top();
  waiting_.pop();
  return what;
}

call shoppers::arrive(std::uint64_t now_ns) {
  const std::uint64_t due_ns = plan_.open_loop() ? arrival_due_ns() : now_ns;
  const call what{.what = step::reserve, .index = next_index_++, .due_ns = due_ns, .intended_ns = due_ns};
  ++tally_.arrived;
  if (plan_.at(what.index).sends_twice) {
    call again = what;
    again.what = step::duplicate;
    waiting_.push(again);
    twins_.emplace(what.index, twin{});
  }
  return what;
}

std::optional<std::uint64_t> shoppers::next_due_ns() const {
  std::optional<std::uint64_t> due;
  if (next_index_ < plan_.size() && !stopped_) due = arrival_due_ns();
  if (!waiting_.empty()) due = std::min(due.value_or(waiting_.top().due_ns), waiting_.top().due_ns);
  return due;
}

void shoppers::write(const call& what, std::string& into) const {
  const shopper who = plan_.at(what.index);
  const std::string key = to_uuid(who.request);
  request_parts parts{.method = "POST", .host = params_.host, .idempotency_key = key};
  if (what.what == step::reserve || what.what == step::duplicate) {
    const std::string body = reserve_body(who.buyer, who.sku, who.quantity);
    parts.target = reserve_target_;
    parts.body = body;
    return append_request(parts, into);
  }
  const bool pays = what.what == step::pay;
  const std::string target = reservation_target(what.reservation, pays ? "confirm" : "cancel");
  const std::string body = pays ? confirm_body(payment_of(who.request)) : std::string();
  parts.target = target;
  parts.body = body;
  append_request(parts, into);
}

void shoppers::answered(const call& what, const http_response& response, std::uint64_t now_ns) {
  assert(under_way_ > 0);
  --under_way_;
  const reply said = read_reply(response);
  if (!said.of_the_domain) {
    ++tally_.unexpected[response.status];
    return left_unanswered(what);
  }
  ++counts_of(tally_, what.what)[static_cast<std::size_t>(said.code)];
  if (said.replayed) ++tally_.replays;
  if (is_transient(said.code) && try_again(what, now_ns)) return;
  if (what.what == step::reserve || what.what == step::duplicate) {
    reserve_answered(what, said, response, now_ns);
  } else {
    settled(what, said, now_ns);
  }
}

void shoppers::reserve_answered(const call& what, const reply& said, const http_response& response,
                                std::uint64_t now_ns) {
  const std::uint64_t latency_ns = now_ns - std::min(now_ns, what.intended_ns);
  if (said.code == outcome::reserved) {
    tally_.accepted.record(latency_ns);
    reserved(what, said, now_ns);
  } else {
    tally_.refused.record(latency_ns);
    const bool may_come_back = said.code == outcome::all_held || said.code == outcome::insufficient;
    if (said.code == outcome::sale_not_open) {
      come_back(what, early_wait_ns, now_ns);
    } else if (may_come_back && what.what == step::reserve && plan_.at(what.index).patient) {
      come_back(what, std::max<std::uint64_t>(response.retry_after_s, 1) * ns_per_s, now_ns);
    }
  }
  twin_answered(what.index);
}

void shoppers::reserved(const call& what, const reply& said, std::uint64_t now_ns) {
  if (const auto found = twins_.find(what.index); found != twins_.end()) {
    const reservation_id first = std::exchange(found->second.reservation, said.reservation);
    if (first != reservation_id{} && first != said.reservation) {
      tally_.violation("request " + to_uuid(plan_.at(what.index).request) +
                       " got two reservations: " + std::to_string(to_integer(first)) + " and " +
                       std::to_string(to_integer(said.reservation)));
    }
    if (first != reservation_id{}) return;
  }
  tally_.acknowledged.push_back({.reservation = said.reservation, .index = what.index});
  if (on_acknowledged_) on_acknowledged_("reserved", said.reservation);
  follow_up(what, tally_.acknowledged.size() - 1, now_ns);
}

void shoppers::follow_up(const call& what, std::size_t record, std::uint64_t now_ns) {
  const shopper who = plan_.at(what.index);
  if (who.then == intention::abandon || stopped_) return;
  const std::uint64_t due_ns = now_ns + who.think_ns;
  waiting_.push({.what = who.then == intention::pay ? step::pay : step::give_up,
                 .index = what.index,
                 .reservation = tally_.acknowledged[record].reservation,
                 .record = record,
                 .due_ns = due_ns,
                 .intended_ns = due_ns});
}

// Spread over as long again as the wait, so that those who were refused together do not come back together.
void shoppers::come_back(const call& what, std::uint64_t wait_ns, std::uint64_t now_ns) {
  call again = what;
  again.due_ns = now_ns + wait_ns + plan_.draw(what.index, now_ns, wait_ns);
  again.intended_ns = again.due_ns;
  again.attempt = 0;
  if (time_is_up(again.due_ns)) return;
  ++tally_.came_back;
  if (const auto found = twins_.find(what.index); found != twins_.end()) ++found->second.answers_left;
  waiting_.push(again);
}

void shoppers::settled(const call& what, const reply& said, std::uint64_t now_ns) {
  if (what.what == step::pay) tally_.paid.record(now_ns - std::min(now_ns, what.intended_ns));
  fate& then = tally_.acknowledged[what.record].then;
  switch (said.code) {
    case outcome::confirmed:
    case outcome::confirmed_late:
      then = fate::paid;
      break;
    case outcome::cancelled:
      then = fate::cancelled;
      break;
    case outcome::unfulfilled:
      then = fate::unfulfilled;
      break;
    case outcome::already_expired:
      then = fate::lapsed;
      break;
    // A hold that ended so long ago that it is forgotten, or a service that cannot answer now.
    case outcome::reservation_not_found:
      then = fate::lapsed;
      break;
    default:
      then = fate::unknown;
      break;
  }
  if (!on_acknowledged_) return;
  if (then == fate::paid) on_acknowledged_("confirmed", what.reservation);
  if (then == fate::cancelled) on_acknowledged_("cancelled", what.reservation);
}

void shoppers::failed(const call& what, std::uint64_t now_ns) {
  assert(under_way_ > 0);
  --under_way_;
  ++tally_.network_errors;
  if (!try_again(what, now_ns)) left_unanswered(what);
}

// Exponential backoff with full jitter.
bool shoppers::try_again(const call& what, std::uint64_t now_ns) {
  if (!params_.retry || what.attempt + 1 >= params_.attempts_max || time_is_up(now_ns)) return false;
  constexpr std::uint64_t first_ns = 20 * ns_per_ms;
  constexpr std::uint64_t longest_ns = 1'000 * ns_per_ms;
  const std::uint64_t backoff_ns = std::min(first_ns << std::min(what.attempt, 10U), longest_ns);
  call again = what;
  ++again.attempt;
  again.due_ns = now_ns + plan_.draw(what.index, jitter_salt + again.attempt, backoff_ns);
  ++tally_.retries;
  waiting_.push(again);
  return true;
}

void shoppers::left_unanswered(const call& what) {
  if (what.what == step::reserve || what.what == step::duplicate) {
    ++tally_.unanswered_reserves;
    twin_answered(what.index);
  } else {
    ++tally_.unanswered_others;
    tally_.acknowledged[what.record].then = fate::unknown;
  }
}

void shoppers::twin_answered(std::uint64_t index) {
  const auto found = twins_.find(index);
  if (found != twins_.end() && --found->second.answers_left == 0) twins_.erase(found);
}

void shoppers::stop() {
  stopped_ = true;
  next_index_ = plan_.size();
  waiting_ = {};
}

bool shoppers::finished() const { return under_way_ == 0 && waiting_.empty() && next_index_ >= plan_.size(); }

}  // namespace seckill::crowd
