#include "event_code.hpp"
#include <seckill/event_buffer.hpp>

#include <cstring>
#include <string>

namespace seckill::inline v1 {

using namespace event_code;

// Reads words off the front. What is not there reads as zero and is remembered as a fault, so that each event
// is parsed straight through and judged once at the end.
class SECKILL_HIDDEN event_reader::parser {
 public:
  explicit parser(event_reader& from) : from_(from), rest_(from.rest_) {
    const std::uint64_t head = word();
    type = static_cast<kind>(head & 0xffU);
    flags = head >> 8U & 0xffU;
    narrow = head >> 16U & 0xffffU;
    wide = static_cast<std::uint32_t>(head >> 32U);
    if ((flags & ~known_flags) != 0) good_ = false;
  }

  kind type;
  std::uint64_t flags;
  std::uint64_t narrow;
  std::uint32_t wide;

  std::uint64_t word() {
    std::uint64_t value = 0;
    if (rest_.size() < sizeof value) {
      good_ = false;
      return 0;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return value;
  }
  std::int64_t number() { return static_cast<std::int64_t>(word()); }

  sale_id sale() { return from_.sale_ = (flags & has_sale) != 0 ? sale_id{word()} : from_.sale_; }
  reservation_id reservation() {
    return from_.reservation_ =
               (flags & has_reservation) != 0 ? reservation_id{word()} : following(from_.reservation_);
  }
  request_id request() {
    const std::uint64_t high = word();
    return {high, word()};
  }
  line one_line() {
    const std::uint64_t packed = word();
    return check({sku_id{static_cast<std::uint32_t>(packed >> 32U)}, static_cast<std::uint32_t>(packed)});
  }
  line check(line each) {
    require(to_integer(each.sku) != 0 && each.quantity != 0);
    return each;
  }
  std::string_view text(std::size_t size, std::size_t size_max) {
    const std::size_t padded = words_for(size) * sizeof(std::uint64_t);
    if (!require(size <= size_max && padded <= rest_.size())) return {};
    const auto* at = reinterpret_cast<const char*>(rest_.data());
    rest_ = rest_.subspan(padded);
    return {at, size};
  }
  payment_id payment(std::size_t size) {
    const auto id = payment_id::from(text(size, payment_id::size_max));
    require(id.has_value());
    return id.value_or(payment_id{});
  }

  bool require(bool truth) {
    good_ = good_ && truth;
    return good_;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t rest_size() const { return rest_.size(); }
  void accept() { from_.rest_ = rest_; }

  event_body parse();

 private:
  sale_created parse_sale_created();
  units_reserved parse_units_reserved();
  reservation_confirmed parse_confirmed();

  event_reader& from_;
  std::span<const std::byte> rest_;
  bool good_ = true;
};

sale_created event_reader::parser::parse_sale_created() {
  sale_created fact;
  fact.sale = sale();
  fact.request = request();
  sale_definition& definition = fact.definition;
  definition.opens_at_ms = number();
  definition.closes_at_ms = number();
  definition.reservation_ttl_ms = number();
  const std::uint64_t rules = word();
  definition.limit_per_buyer = static_cast<std::uint32_t>(rules);
  definition.late = static_cast<late_payment>(rules >> 32U & 0xffU);
  require(definition.late <= late_payment::refuse);
  for (unsigned i = 0; i < 3; ++i)
    definition.currency[i] = static_cast<char>(rules >> (40U + 8U * i) & 0xffU);
  definition.title = text(narrow, title_bytes_max);
  // Every item takes three words or more: a count that the bytes cannot hold must not allocate.
  if (!require(wide <= items_max && wide <= rest_.size() / (3 * sizeof(std::uint64_t)))) return fact;
  definition.items.resize(wide);
  for (item_definition& item : definition.items) {
    const std::uint64_t packed = word();
    item.sku = sku_id{static_cast<std::uint32_t>(packed >> 32U)};
    item.stock = static_cast<std::uint32_t>(packed);
    item.price_minor = number();
    item.title = text(word(), title_bytes_max);
  }
  return fact;
}

units_reserved event_reader::parser::parse_units_reserved() {
  units_reserved fact;
  fact.sale = sale();
  fact.reservation = reservation();
  fact.buyer = buyer_id{word()};
  fact.request = request();
  fact.lines.push_back(check({sku_id{wide}, static_cast<std::uint32_t>(narrow)}));
  for (std::uint64_t more = flags >> more_lines_shift & 7U; more > 0; --more)
    fact.lines.push_back(one_line());
  return fact;
}

reservation_confirmed event_reader::parser::parse_confirmed() {
  reservation_confirmed fact;
  fact.late = (flags & is_late) != 0;
  fact.reservation = reservation();
  fact.payment = payment(narrow);
  if (!require(wide <= basket::lines_max)) return fact;
  for (std::uint32_t i = 0; i < wide; ++i) fact.kept.push_back(one_line());
  return fact;
}

event_body event_reader::parser::parse() {
  switch (type) {
    case kind::sale_created:
      return parse_sale_created();
    case kind::stock_changed: {
      const sale_id where = sale();
      const request_id id = request();
      return stock_changed{id, where, sku_id{wide}, number()};
    }
    case kind::sale_switched: {
      require(narrow <= static_cast<std::uint64_t>(sale_switch::closed));
      const sale_id where = sale();
      return sale_switched{request(), where, static_cast<sale_switch>(narrow)};
    }
    case kind::units_reserved:
      return parse_units_reserved();
    case kind::reservation_confirmed:
      return parse_confirmed();
    case kind::reservation_cancelled:
      return reservation_cancelled{reservation()};
    case kind::reservation_expired:
      return reservation_expired{reservation()};
    case kind::payment_unfulfilled: {
      const reservation_id which = reservation();
      return payment_unfulfilled{which, payment(narrow)};
    }
    case kind::reserve_forestalled: {
      const sale_id where = sale();
      const reservation_id which = reservation();
      return reserve_forestalled{where, which, request()};
    }
  }
  require(false);
  return reservation_expired{};
}

result<void> event_reader::next(event& into) {
  parser from(*this);
  into.sequence = sequence_;
  into.at_ms = at_ms_;
  into.body = from.parse();
  if (!from.good())
    return make_error(errc::corrupt_data, "event " + std::to_string(sequence_) + ": bytes make no sense");
  from.accept();
  ++sequence_;
  return {};
}

}  // namespace seckill::inline v1
