#include "request_parser.hpp"

#include <boost/asio/buffer.hpp>

#include <cstring>
#include <functional>

namespace seckill::inline v1::http {
namespace {

using boost::beast::iequals;
using field = boost::beast::http::field;

verb verb_of(boost::beast::http::verb method) noexcept {
  switch (method) {
    case boost::beast::http::verb::get:
      return verb::get;
    case boost::beast::http::verb::head:
      return verb::head;
    case boost::beast::http::verb::post:
      return verb::post;
    default:
      return verb::other;
  }
}

/// Whether these bytes may begin the end of a chunked body, "0\r\n\r\n" at its shortest, without being all of
/// it. The parser takes no part of it, and asserts that it is not asked again about its first line with less.
bool cut_last_chunk(std::string_view bytes) noexcept { return bytes.starts_with('0') && bytes.size() < 5; }

}  // namespace

request_parser::request_parser(const request_bounds& bounds)
    : fields_max_(bounds.fields_max), head_size_max_(bounds.head_size_max) {
  header_limit(bounds.head_size_max);
  body_limit(bounds.body_size_max);
  eager(true);
}

std::size_t request_parser::put_at(char* start, std::size_t offset, std::size_t size, error_code& failed) {
  start_ = start;
  end_ = start + offset + size;
  if (head_done_ && chunked() && cut_last_chunk({start + offset, size})) {
    failed = boost::beast::http::error::need_more;
    return 0;
  }
  return put(boost::asio::const_buffer(start + offset, size), failed);
}

request request_parser::view(const char* start) const noexcept {
  const auto text_at = [&](place where) { return std::string_view(start + where.at, where.size); };
  request made;
  made.method = method_;
  made.target = text_at(target_);
  made.idempotency_key = text_at(idempotency_key_);
  made.authorization = text_at(authorization_);
  made.content_type = text_at(content_type_);
  made.if_none_match = text_at(if_none_match_);
  made.forwarded_for = text_at(forwarded_for_);
  made.body = text_at(body_);
  return made;
}

request_parser::place request_parser::place_of(text part) const noexcept {
  return {static_cast<std::uint32_t>(part.data() - start_), static_cast<std::uint32_t>(part.size()), true};
}

void request_parser::refuse(int status, std::string detail, error_code& failed) {
  problem what;
  what.status = status;
  what.detail = std::move(detail);
  refusal_ = std::move(what);
  failed = boost::beast::http::error::bad_value;
}

/// A field that would be ambiguous twice. A value that was folded over lines stands in the parser's own
/// memory; such folding is obsolete (RFC 9112, section 5.2) and refused.
void request_parser::keep(place& where, text value, const char* name, error_code& failed) {
  if (where.given) return refuse(400, std::string(name) + " must be sent once", failed);
  const std::less<> before;
  if (!value.empty() && (before(value.data(), start_) || !before(value.data(), end_))) {
    return refuse(400, std::string(name) + " must stand on one line", failed);
  }
  where = value.empty() ? place{0, 0, true} : place_of(value);
}

void request_parser::on_request_impl(boost::beast::http::verb method, text, text target, int version,
                                     error_code&) {
  method_ = verb_of(method);
  target_ = place_of(target);
  version_ = version;
  head_size_ = target.size();
}

void request_parser::on_field_impl(field name, text spelled, text value, error_code& failed) {
  if (++fields_ > fields_max_) {
    return refuse(431, "send at most " + std::to_string(fields_max_) + " header fields", failed);
  }
  head_size_ += spelled.size() + value.size();
  if (head_size_ > head_size_max_) {
    return refuse(431, "send at most " + std::to_string(head_size_max_) + " bytes of head", failed);
  }
  if (head_done_) return;  // a trailer: it must not replace what the head said
  switch (name) {
    case field::host:
      return keep(host_, value, "Host", failed);
    case field::authorization:
      return keep(authorization_, value, "Authorization", failed);
    case field::content_type:
      return keep(content_type_, value, "Content-Type", failed);
    case field::if_none_match:
      return keep(if_none_match_, value, "If-None-Match", failed);
    case field::transfer_encoding:
      if (!iequals(value, "chunked")) refuse(501, "the only Transfer-Encoding taken is chunked", failed);
      return;
    case field::expect:
      if (!iequals(value, "100-continue"))
        return refuse(417, "the only Expect taken is 100-continue", failed);
      expects_continue = true;
      return;
    case field::unknown:
      if (iequals(spelled, "Idempotency-Key")) keep(idempotency_key_, value, "Idempotency-Key", failed);
      if (iequals(spelled, "X-Forwarded-For")) {
        forwarded_for_.given = false;  // each proxy may add a line of its own
        keep(forwarded_for_, value, "X-Forwarded-For", failed);
      }
      return;
    default:
      return;
  }
}

void request_parser::on_header_impl(error_code& failed) {
  head_done_ = true;
  if (version_ == 11 && !host_.given) return refuse(400, "HTTP/1.1 needs a Host field", failed);
  if (version_ == 10 && chunked()) refuse(400, "HTTP/1.0 has no Transfer-Encoding", failed);
}

std::size_t request_parser::on_body_impl(text part, error_code&) {
  if (!body_.given) body_ = {place_of(part).at, 0, true};
  body_.size += static_cast<std::uint32_t>(part.size());
  return part.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text part, error_code&) {
  if (!body_.given) body_ = {place_of(part).at, 0, true};
  // Decoded bytes are never longer than encoded ones, so they move down over framing that is done with.
  std::memmove(start_ + body_.at + body_.size, part.data(), part.size());
  body_.size += static_cast<std::uint32_t>(part.size());
  return part.size();
}

}  // namespace seckill::inline v1::http
