#include "verification.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t ask_again_ns = 20'000'000;

bool one_of(std::string_view text, std::initializer_list<std::string_view> allowed) {
  return std::ranges::find(allowed, text) != allowed.end();
}

bool order_status_fits(fate then, std::string_view status) {
  switch (then) {
    case fate::held:
      return one_of(status, {"pending_payment", "expired"});
    case fate::paid:
      return status == "paid";
    case fate::cancelled:
      return status == "cancelled";
    case fate::unfulfilled:
      return status == "unfulfilled";
    case fate::lapsed:
      return status == "expired";
    case fate::unknown:
      return one_of(status, {"pending_payment", "paid", "cancelled", "expired", "unfulfilled"});
  }
  return false;
}

bool reservation_state_fits(fate then, std::string_view state) {
  switch (then) {
    case fate::held:
      return one_of(state, {"held", "expired"});
    case fate::paid:
      return state == "confirmed";
    case fate::cancelled:
      return state == "cancelled";
    case fate::unfulfilled:
    case fate::lapsed:
      return state == "expired";
    case fate::unknown:
      return one_of(state, {"held", "confirmed", "cancelled", "expired"});
  }
  return false;
}

}  // namespace

verification::verification(const plan& who, verification_params params, tally& counts)
    : plan_(who), params_(std::move(params)), tally_(counts), check_count_(2 * counts.acknowledged.size()) {
  look_for_shared_ids();
}

void verification::look_for_shared_ids() {
  std::vector<reservation_id> ids;
  ids.reserve(tally_.acknowledged.size());
  for (const acknowledgement& each : tally_.acknowledged) ids.push_back(each.reservation);
  std::ranges::sort(ids);
  for (auto at = std::ranges::adjacent_find(ids); at != ids.end();
       at = std::adjacent_find(at + 1, ids.end())) {
    tally_.violation("reservation " + std::to_string(to_integer(*at)) + " was given to two requests");
  }
}

std::optional<call> verification::next(std::uint64_t now_ns) {
  if (next_check_ < check_count_) {
    const std::size_t record = static_cast<std::size_t>(next_check_ / 2);
    const acknowledgement& of = tally_.acknowledged[record];
    ++under_way_;
    return call{.what = next_check_++ % 2 == 0 ? step::check_order : step::check_reservation,
                .index = of.index,
                .reservation = of.reservation,
                .record = record,
                .due_ns = now_ns,
                .intended_ns = now_ns};
  }
  if (again_.empty() || again_.front().due_ns > now_ns) return std::nullopt;
  ++under_way_;
  const call what = again_.front();
  again_.pop();
  return what;
}

std::optional<std::uint64_t> verification::next_due_ns() const {
  if (next_check_ < check_count_) return params_.start_ns;
  if (!again_.empty()) return again_.front().due_ns;
  return std::nullopt;
}

void verification::write(const call& what, std::string& into) const {
  const std::string target =
      what.what == step::check_order ? order_target(what.reservation) : reservation_target(what.reservation);
  append_request({.method = "GET", .target = target, .host = params_.host}, into);
}

void verification::answered(const call& what, const http_response& response, std::uint64_t now_ns) {
  assert(under_way_ > 0);
  --under_way_;
  const acknowledgement& of = tally_.acknowledged[what.record];
  const bool order = what.what == step::check_order;
  const std::string fault = order ? order_fault(of, response) : reservation_fault(of, response);
  if (!fault.empty()) return not_good(what, fault, now_ns);
  ++(order ? orders_good_ : reservations_good_);
}

std::string verification::order_fault(const acknowledgement& of, const http_response& response) const {
  if (response.status != 200) return "order: status " + std::to_string(response.status);
  const auto order = read_order(response.body);
  if (!order) return "order: " + order.error().text;
  const shopper who = plan_.at(of.index);
  if (order->reservation != of.reservation) return "order: of another reservation";
  if (order->sale != params_.sale) return "order: of another sale";
  if (order->buyer != who.buyer) return "order: of another buyer";
  if (order->units != who.quantity) return "order: of " + std::to_string(order->units) + " units";
  if (!order_status_fits(of.then, order->status)) return "order: is " + order->status;
  return {};
}

std::string verification::reservation_fault(const acknowledgement& of, const http_response& response) const {
  // One that ended without a sale is forgotten after a while; its order is not.
  if (response.status == 404 && of.then != fate::paid) return {};
  if (response.status != 200) return "reservation: status " + std::to_string(response.status);
  const auto reservation = read_reservation(response.body);
  if (!reservation) return "reservation: " + reservation.error().text;
  const shopper who = plan_.at(of.index);
  if (reservation->sale != params_.sale) return "reservation: of another sale";
  if (reservation->buyer != who.buyer) return "reservation: of another buyer";
  if (reservation->units != who.quantity)
    return "reservation: of " + std::to_string(reservation->units) + " units";
  if (!reservation_state_fits(of.then, reservation->state)) return "reservation: is " + reservation->state;
  return {};
}

void verification::failed(const call& what, std::uint64_t now_ns) {
  assert(under_way_ > 0);
  --under_way_;
  not_good(what, "no answer", now_ns);
}

void verification::not_good(const call& what, const std::string& why, std::uint64_t now_ns) {
  if (now_ns < params_.start_ns + params_.patience_ns) {
    call again = what;
    again.due_ns = now_ns + ask_again_ns;
    return again_.push(again);
  }
  tally_.violation("acknowledged reservation " + std::to_string(to_integer(what.reservation)) + ": " + why);
}

void verification::stop() {
  next_check_ = check_count_;
  again_ = {};
}

bool verification::finished() const {
  return under_way_ == 0 && again_.empty() && next_check_ >= check_count_;
}

}  // namespace seckill::crowd
