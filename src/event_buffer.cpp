#include "event_code.hpp"
#include <seckill/event_buffer.hpp>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace seckill::inline v1 {

using namespace event_code;

// Writes one event: reserves room for the longest it can be, then sets the buffer's size to what was used.
class SECKILL_HIDDEN event_buffer::writer {
 public:
  writer(event_buffer& into, std::size_t words_max) : into_(into) {
    static_assert(std::endian::native == std::endian::little);
    if (into.words_.size() - into.size_ < words_max)
      into.words_.resize(std::max(into.words_.size() * 2, into.size_ + words_max));
    begin_ = at_ = into.words_.data() + into.size_;
    end_ = at_ + words_max;
  }
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  ~writer() {
    assert(at_ <= end_);
    into_.size_ += static_cast<std::size_t>(at_ - begin_);
    ++into_.count_;
  }

  void head(kind type, std::uint64_t flags = 0, std::uint64_t narrow = 0, std::uint64_t wide = 0) {
    word(static_cast<std::uint64_t>(type) | flags << 8U | narrow << 16U | wide << 32U);
  }
  void word(std::uint64_t value) { *at_++ = value; }

  void sale(sale_id id) {
    if (id == into_.sale_) return;
    flag(has_sale);
    word(to_integer(id));
    into_.sale_ = id;
  }
  void reservation(reservation_id id) {
    if (id != following(into_.reservation_)) {
      flag(has_reservation);
      word(to_integer(id));
    }
    into_.reservation_ = id;
  }
  void request(request_id id) {
    word(id.high);
    word(id.low);
  }
  void lines(const basket& all, std::size_t from) {
    for (std::size_t i = from; i < all.size(); ++i)
      word(std::uint64_t{to_integer(all[i].sku)} << 32U | all[i].quantity);
  }
  void text(std::string_view bytes) {
    const std::size_t words = words_for(bytes.size());
    if (words == 0) return;
    at_[words - 1] = 0;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += words;
  }

 private:
  void flag(std::uint64_t bit) { *begin_ |= bit << 8U; }

  event_buffer& into_;
  std::uint64_t* begin_;
  std::uint64_t* at_;
  const std::uint64_t* end_;
};

void event_buffer::clear() noexcept {
  size_ = 0;
  count_ = 0;
  sale_ = {};
  reservation_ = {};
}

void event_buffer::append(const sale_created& fact) {
  const sale_definition& sale = fact.definition;
  std::size_t words = 9 + words_for(sale.title.size());
  for (const item_definition& item : sale.items) words += 3 + words_for(item.title.size());

  writer to(*this, words);
  to.head(kind::sale_created, 0, sale.title.size(), sale.items.size());
  to.sale(fact.sale);
  to.request(fact.request);
  to.word(static_cast<std::uint64_t>(sale.opens_at_ms));
  to.word(static_cast<std::uint64_t>(sale.closes_at_ms));
  to.word(static_cast<std::uint64_t>(sale.reservation_ttl_ms));
  std::uint64_t rules = sale.limit_per_buyer | static_cast<std::uint64_t>(sale.late) << 32U;
  for (unsigned i = 0; i < 3; ++i)
    rules |= static_cast<std::uint64_t>(static_cast<unsigned char>(sale.currency[i])) << (40U + 8U * i);
  to.word(rules);
  to.text(sale.title);
  for (const item_definition& item : sale.items) {
    to.word(std::uint64_t{to_integer(item.sku)} << 32U | item.stock);
    to.word(static_cast<std::uint64_t>(item.price_minor));
    to.word(item.title.size());
    to.text(item.title);
  }
}

void event_buffer::append(const stock_changed& fact) {
  writer to(*this, 5);
  to.head(kind::stock_changed, 0, 0, to_integer(fact.sku));
  to.sale(fact.sale);
  to.request(fact.request);
  to.word(static_cast<std::uint64_t>(fact.delta));
}

void event_buffer::append(const sale_switched& fact) {
  writer to(*this, 4);
  to.head(kind::sale_switched, 0, static_cast<std::uint64_t>(fact.position));
  to.sale(fact.sale);
  to.request(fact.request);
}

void event_buffer::append(const units_reserved& fact) {
  // Without a line it is written as one line of nothing, which readers refuse.
  const std::size_t more = std::max<std::size_t>(fact.lines.size(), 1) - 1;
  const line first = fact.lines.empty() ? line{} : fact.lines[0];
  writer to(*this, 6 + more);
  to.head(kind::units_reserved, more << more_lines_shift, first.quantity, to_integer(first.sku));
  to.sale(fact.sale);
  to.reservation(fact.reservation);
  to.word(to_integer(fact.buyer));
  to.request(fact.request);
  to.lines(fact.lines, 1);
}

void event_buffer::append(const reservation_confirmed& fact) {
  const std::string_view payment = fact.payment.view();
  writer to(*this, 2 + words_for(payment.size()) + fact.kept.size());
  to.head(kind::reservation_confirmed, fact.late ? is_late : 0, payment.size(), fact.kept.size());
  to.reservation(fact.reservation);
  to.text(payment);
  to.lines(fact.kept, 0);
}

void event_buffer::append(const reservation_cancelled& fact) {
  writer to(*this, 2);
  to.head(kind::reservation_cancelled);
  to.reservation(fact.reservation);
}

void event_buffer::append(const reservation_expired& fact) {
  writer to(*this, 2);
  to.head(kind::reservation_expired);
  to.reservation(fact.reservation);
}

void event_buffer::append(const payment_unfulfilled& fact) {
  const std::string_view payment = fact.payment.view();
  writer to(*this, 2 + words_for(payment.size()));
  to.head(kind::payment_unfulfilled, 0, payment.size());
  to.reservation(fact.reservation);
  to.text(payment);
}

void event_buffer::append(const reserve_forestalled& fact) {
  writer to(*this, 5);
  to.head(kind::reserve_forestalled);
  to.sale(fact.sale);
  to.reservation(fact.reservation);
  to.request(fact.request);
}

}  // namespace seckill::inline v1
