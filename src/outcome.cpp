#include <seckill/outcome.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace seckill::inline v1 {
namespace {

struct named_outcome {
  outcome code;
  std::string_view name;
};

constexpr auto named = std::to_array<named_outcome>({
    {outcome::reserved, "reserved"},
    {outcome::confirmed, "confirmed"},
    {outcome::confirmed_late, "confirmed_late"},
    {outcome::cancelled, "cancelled"},
    {outcome::applied, "applied"},
    {outcome::invalid_request, "invalid_request"},
    {outcome::request_mismatch, "request_mismatch"},
    {outcome::sale_not_found, "sale_not_found"},
    {outcome::sku_not_found, "sku_not_found"},
    {outcome::reservation_not_found, "reservation_not_found"},
    {outcome::payment_mismatch, "payment_mismatch"},
    {outcome::sale_exists, "sale_exists"},
    {outcome::capacity_exceeded, "capacity_exceeded"},
    {outcome::sale_not_open, "sale_not_open"},
    {outcome::sale_paused, "sale_paused"},
    {outcome::sale_closed, "sale_closed"},
    {outcome::limit_exceeded, "limit_exceeded"},
    {outcome::sold_out, "sold_out"},
    {outcome::all_held, "all_held"},
    {outcome::insufficient, "insufficient"},
    {outcome::already_cancelled, "already_cancelled"},
    {outcome::already_confirmed, "already_confirmed"},
    {outcome::already_expired, "already_expired"},
    {outcome::unfulfilled, "unfulfilled"},
    {outcome::overloaded, "overloaded"},
    {outcome::unavailable, "unavailable"},
    {outcome::rate_limited, "rate_limited"},
});

constexpr auto codes = [] {
  std::array<outcome, named.size()> list{};
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = named[i].code;
  return list;
}();

static_assert(std::ranges::is_sorted(codes) && static_cast<std::size_t>(codes.back()) + 1 == outcome_count);

}  // namespace

std::string_view to_string(outcome code) noexcept {
  const auto* found = std::ranges::find(named, code, &named_outcome::code);
  return found == named.end() ? "unknown" : found->name;
}

std::optional<outcome> outcome_from_string(std::string_view name) noexcept {
  const auto* found = std::ranges::find(named, name, &named_outcome::name);
  if (found == named.end()) return std::nullopt;
  return found->code;
}

std::span<const outcome> all_outcomes() noexcept { return codes; }

}  // namespace seckill::inline v1
