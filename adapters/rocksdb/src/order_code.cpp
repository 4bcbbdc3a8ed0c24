#include "order_code.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace seckill::inline v1 {
namespace {

constexpr std::uint8_t version = 1;

// As stored; little endian like every machine that we run on.
struct stored_order {
  std::uint8_t version;
  std::uint8_t status;
  std::uint8_t line_count;
  std::uint8_t payment_bytes;
  currency_code currency;
  std::uint8_t reserved;
  std::uint64_t reservation;
  std::uint64_t sale;
  std::uint64_t buyer;
  std::uint64_t request_high;
  std::uint64_t request_low;
  std::int64_t amount_minor;
  std::int64_t created_at_ms;
  std::int64_t updated_at_ms;
};
static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(stored_order) == 72);

struct stored_line {
  std::uint32_t sku;
  std::uint32_t quantity;
};
static_assert(sizeof(stored_line) == 8);

void append(std::string& to, const void* from, std::size_t size) {
  to.append(static_cast<const char*>(from), size);
}

order head_of(const stored_order& head) {
  order found;
  found.reservation = reservation_id{head.reservation};
  found.sale = sale_id{head.sale};
  found.buyer = buyer_id{head.buyer};
  found.request = {head.request_high, head.request_low};
  found.amount_minor = head.amount_minor;
  found.currency = head.currency;
  found.status = order_status{head.status};
  found.created_at_ms = head.created_at_ms;
  found.updated_at_ms = head.updated_at_ms;
  return found;
}

}  // namespace

std::string encode_order(const order& what) {
  const std::string_view payment = what.payment.view();
  const stored_order head{
      .version = version,
      .status = static_cast<std::uint8_t>(what.status),
      .line_count = static_cast<std::uint8_t>(what.lines.size()),
      .payment_bytes = static_cast<std::uint8_t>(payment.size()),
      .currency = what.currency,
      .reserved = 0,
      .reservation = to_integer(what.reservation),
      .sale = to_integer(what.sale),
      .buyer = to_integer(what.buyer),
      .request_high = what.request.high,
      .request_low = what.request.low,
      .amount_minor = what.amount_minor,
      .created_at_ms = what.created_at_ms,
      .updated_at_ms = what.updated_at_ms,
  };
  std::string bytes;
  bytes.reserve(sizeof head + what.lines.size() * sizeof(stored_line) + payment.size());
  append(bytes, &head, sizeof head);
  for (const line& each : what.lines) {
    const stored_line stored{to_integer(each.sku), each.quantity};
    append(bytes, &stored, sizeof stored);
  }
  return bytes.append(payment);
}

result<order> decode_order(std::span<const std::byte> bytes) {
  stored_order head{};
  if (bytes.empty()) return make_error(errc::corrupt_data, "stored order: empty");
  if (static_cast<std::uint8_t>(bytes[0]) > version)
    return make_error(errc::version_unsupported,
                      "stored order: written by a newer version of seckill; use that version");
  if (bytes.size() < sizeof head) return make_error(errc::corrupt_data, "stored order: too short");
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::span<const std::byte> rest = bytes.subspan(sizeof head);
  if (head.version != version || !is_valid(order_status{head.status}) ||
      head.line_count > basket::lines_max || head.payment_bytes > payment_id::size_max ||
      rest.size() != head.line_count * sizeof(stored_line) + head.payment_bytes)
    return make_error(errc::corrupt_data, "stored order: impossible content");

  order found = head_of(head);
  for (std::size_t i = 0; i < head.line_count; ++i) {
    stored_line stored{};
    std::memcpy(&stored, rest.data() + i * sizeof stored, sizeof stored);
    found.lines.push_back({sku_id{stored.sku}, stored.quantity});
  }
  if (head.payment_bytes > 0) {
    const auto text = rest.last(head.payment_bytes);
    found.payment = *payment_id::from({reinterpret_cast<const char*>(text.data()), text.size()});
  }
  return found;
}

}  // namespace seckill::inline v1
