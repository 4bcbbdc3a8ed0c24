#include "plan.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;

constexpr std::uint64_t buyers_max = 1'000'000'000;  // so that no arrival overflows

// One salt for each thing that is drawn, so that no two of them go together.
enum salt : std::uint64_t {
  request_high = 1,
  request_low,
  which_sku,
  what_then,
  twice,
  patience,
  think,
  moment
};

// The finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111eb;
  return x ^ (x >> 31U);
}

std::uint64_t random_bits(std::uint64_t seed, std::uint64_t index, std::uint64_t salt) noexcept {
  return mixed(mixed(mixed(seed) ^ index) ^ salt);
}

void require(bool holds, const char* text) {
  if (!holds) throw std::invalid_argument(text);
}

}  // namespace

plan::plan(plan_params params) : params_(std::move(params)) {
  require(params_.buyers > 0, "buyers must be at least 1");
  require(params_.buyers <= buyers_max, "buyers must be at most 1,000,000,000");
  require(params_.buyer_first > 0, "buyer_first must be at least 1: zero is no buyer");
  require(!params_.skus.empty(), "skus must name at least one sku");
  require(params_.quantity > 0, "quantity must be at least 1");
  require(params_.pay_percent + params_.give_up_percent <= 100,
          "pay and give_up together are at most 100 percent");
  require(params_.duplicate_percent <= 100, "duplicate is at most 100 percent");
  require(params_.patient_percent <= 100, "patient is at most 100 percent");
}

std::uint64_t plan::draw(std::uint64_t index, std::uint64_t salt, std::uint64_t bound) const noexcept {
  return random_bits(params_.seed, index, salt) % bound;  // the bias, bound / 2^64, does not matter here
}

shopper plan::at(std::uint64_t index) const noexcept {
  constexpr std::uint64_t version_4 = 0x4000;
  constexpr std::uint64_t variant = std::uint64_t{2} << 62U;
  shopper who;
  who.buyer = buyer_id{params_.buyer_first + index};
  who.request.high = (random_bits(params_.seed, index, request_high) & ~std::uint64_t{0xf000}) | version_4;
  who.request.low = (random_bits(params_.seed, index, request_low) >> 2U) | variant;
  who.sku = params_.skus[draw(index, which_sku, params_.skus.size())];
  who.quantity = params_.quantity;
  const std::uint64_t fate = draw(index, what_then, 100);
  if (fate >= params_.pay_percent + params_.give_up_percent) {
    who.then = intention::abandon;
  } else if (fate >= params_.pay_percent) {
    who.then = intention::give_up;
  }
  who.sends_twice = draw(index, twice, 100) < params_.duplicate_percent;
  who.patient = draw(index, patience, 100) < params_.patient_percent;
  who.think_ns = params_.think_max_ns == 0 ? 0 : draw(index, think, params_.think_max_ns);
  return who;
}

std::uint64_t plan::arrival_ns(std::uint64_t index) const noexcept {
  if (!open_loop()) return 0;
  const auto slot = [&](std::uint64_t i) { return i * ns_per_s / params_.rate_per_s; };
  const std::uint64_t from = slot(index);
  const std::uint64_t width = slot(index + 1) - from;
  return from + (width == 0 ? 0 : draw(index, moment, width));
}

std::string to_uuid(request_id id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (unsigned nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) ++at;
    const std::uint64_t half = nibble < 16 ? id.high : id.low;
    text[at++] = digits[(half >> (60U - 4U * (nibble % 16U))) & 0xfU];
  }
  return text;
}

}  // namespace seckill::crowd
