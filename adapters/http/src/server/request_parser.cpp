#include "request_parser.hpp"

#include "../api/field_list.hpp"
#include "../api/operator_token.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
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
    : fields_max_(bounds.fields_max),
      head_size_max_(bounds.head_size_max),
      body_size_max_(bounds.body_size_max),
      operator_body_size_max_(bounds.operator_body_size_max),
      operator_token_(bounds.operator_token) {
  header_limit(bounds.head_size_max);
  body_limit(boost::none);  // it depends on who asks
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
  made.scheme = scheme_;
  made.target = text_at(target_);
  made.idempotency_key = text_at(idempotency_key_);
  made.authorization = text_at(authorization_);
  made.content_type = text_at(content_type_);
  made.content_encoding = text_of(content_encoding_, start);
  made.conditions = {text_of(if_match_, start), text_of(if_none_match_, start)};
  if (forwarded_for_.first.given) made.forwarded_for = text_of(forwarded_for_, start);
  made.body = text_at(body_);
  return made;
}

std::string_view request_parser::text_of(const list_value& list, const char* start) const noexcept {
  if (list.joined) return *list.joined;
  return {start + list.first.at, list.first.size};
}

request_parser::place request_parser::place_of(text part) const noexcept {
  if (part.empty()) return {0, 0, true};
  return {static_cast<std::uint32_t>(part.data() - start_), static_cast<std::uint32_t>(part.size()), true};
}

void request_parser::refuse(int status, std::string detail, error_code& failed) {
  problem what;
  what.status = status;
  what.detail = std::move(detail);
  refusal_ = std::move(what);
  failed = boost::beast::http::error::bad_value;
}

/// A field that would be ambiguous twice.
void request_parser::keep(place& where, text value, const char* name, error_code& failed) {
  if (where.given) return refuse(400, std::string(name) + " must be sent once", failed);
  where = place_of(value);
}

/// The only place where the lines of a list meet, whichever list it is.
void request_parser::join(list_value& list, text value) {
  if (!list.first.given) {
    list.first = place_of(value);
    return;
  }
  if (!list.joined) list.joined = std::make_unique<std::string>(text_of(list, start_));
  list.joined->append(", ").append(value.data(), value.size());
}

request_parser::list_value* request_parser::list_of(field name, text spelled) noexcept {
  switch (name) {
    case field::connection:
      return &connection_;
    case field::transfer_encoding:
      return &transfer_encoding_;
    case field::expect:
      return &expect_;
    case field::content_encoding:
      return &content_encoding_;
    case field::if_match:
      return &if_match_;
    case field::if_none_match:
      return &if_none_match_;
    case field::unknown:
      return iequals(spelled, "X-Forwarded-For") ? &forwarded_for_ : nullptr;
    default:
      return nullptr;
  }
}

/// Whether a value was folded over lines. The parser puts such a value together in memory of its own, or skips lines
/// before the value.
bool request_parser::folded(text spelled, text value) const noexcept {
  const std::less<> before;
  if (before(value.data(), start_) || !before(value.data(), end_)) return !value.empty();
  const auto gap = static_cast<std::size_t>(value.data() - (spelled.data() + spelled.size()));
  return gap > 2 && std::memchr(spelled.data() + spelled.size(), '\n', gap) != nullptr;
}

void request_parser::on_request_impl(boost::beast::http::verb method, text, text target, int version,
                                     error_code& failed) {
  method_ = verb_of(method);
  version_ = version;
  head_size_ = target.size();
  line_done_ = true;
  const std::string_view sent(target.data(), target.size());
  const bool connect = method == boost::beast::http::verb::connect && is_authority(sent);
  if (connect || (method == boost::beast::http::verb::options && sent == "*"))
    return refuse(501, "CONNECT and OPTIONS * are not implemented here", failed);
  const auto parts = http::parse_target(sent);
  if (!parts)
    return refuse(400, "the request target must be a path, or http:// with a host and no user", failed);
  scheme_ = parts->scheme;
  target_ = place_of(text(parts->resource.data(), parts->resource.size()));
}

void request_parser::on_field_impl(field name, text spelled, text value, error_code& failed) {
  if (++fields_ > fields_max_) {
    return refuse(431, "send at most " + std::to_string(fields_max_) + " header fields", failed);
  }
  head_size_ += spelled.size() + value.size();
  if (head_size_ > head_size_max_) {
    return refuse(431, "send at most " + std::to_string(head_size_max_) + " bytes of head", failed);
  }
  if (folded(spelled, value)) {  // RFC 9112, section 5.2
    return refuse(400, std::string(spelled.data(), spelled.size()) + " must stand on one line", failed);
  }
  if (head_done_) return;  // a trailer: it must not replace what the head said
  switch (name) {
    case field::host:
      return keep(host_, value, "Host", failed);
    case field::authorization:
      return keep(authorization_, value, "Authorization", failed);
    case field::content_type:
      return keep(content_type_, value, "Content-Type", failed);
    default:
      break;
  }
  if (list_value* const list = list_of(name, spelled)) return join(*list, value);
  if (name == field::unknown && iequals(spelled, "Idempotency-Key"))
    keep(idempotency_key_, value, "Idempotency-Key", failed);
}

void request_parser::on_header_impl(error_code& failed) {
  head_done_ = true;
  if (version_ == 11 && !host_.given) return refuse(400, "HTTP/1.1 needs a Host field", failed);
  if (!is_host({start_ + host_.at, host_.size}))
    return refuse(400, "Host must be a host, with or without a port", failed);
  decide_framing(failed);
  if (refusal_) return;
  decide_body_size(failed);
  if (refusal_) return;
  decide_persistence();
  decide_expectation(failed);
}

/// RFC 9112, sections 6.1 and 6.3. A length next to a coding was refused by the parser.
void request_parser::decide_framing(error_code& failed) {
  if (!transfer_encoding_.first.given) return;
  if (version_ == 10) return refuse(400, "HTTP/1.0 has no Transfer-Encoding", failed);
  std::size_t codings = 0;
  std::size_t chunked_codings = 0;
  std::string_view last;
  std::string_view rest = text_of(transfer_encoding_, start_);
  for (auto coding = next_element(rest); coding; coding = next_element(rest)) {
    ++codings;
    if (same_token(*coding, "chunked")) ++chunked_codings;
    last = *coding;
  }
  if (!same_token(last, "chunked") || chunked_codings > 1)
    return refuse(400, "the last Transfer-Encoding, and no other, must be chunked", failed);
  if (codings > 1) return refuse(501, "the only Transfer-Encoding taken is chunked", failed);
  if (!chunked()) refuse(400, "Transfer-Encoding must be chunked", failed);
}

/// An operator creates sales of many items; nobody else needs a body of that size, nor memory for it.
void request_parser::decide_body_size(error_code& failed) {
  const bool below_admin = std::string_view(start_ + target_.at, target_.size).starts_with("/admin/");
  if (below_admin && is_operator({start_ + authorization_.at, authorization_.size}, operator_token_))
    body_size_max_ = std::max(body_size_max_, operator_body_size_max_);
  if (content_length().value_or(0) > body_size_max_) refuse_body_size(failed);
}

void request_parser::refuse_body_size(error_code& failed) {
  refuse(413,
         "send at most " + std::to_string(body_size_max_) + " bytes of body (http_server_params::" +
             (body_size_max_ == operator_body_size_max_ ? "items_per_sale_max decides)" : "body_size_max)"),
         failed);
}

void request_parser::decide_persistence() noexcept {
  bool keep_alive = false;
  bool close = false;
  std::string_view rest = text_of(connection_, start_);
  for (auto option = next_element(rest); option; option = next_element(rest)) {
    close |= same_token(*option, "close");
    keep_alive |= same_token(*option, "keep-alive");
  }
  persists_ = !close && (version_ == 11 || keep_alive);
}

/// HTTP/1.0 has no expectations: from such a client one must be ignored (RFC 9110, section 10.1.1).
void request_parser::decide_expectation(error_code& failed) {
  if (version_ == 10) return;
  std::string_view rest = text_of(expect_, start_);
  for (auto expected = next_element(rest); expected; expected = next_element(rest)) {
    if (!same_token(*expected, "100-continue"))
      return refuse(417, "the only Expect taken is 100-continue", failed);
    expects_continue = true;
  }
}

/// Of extensions, which are ignored, the parser takes quoted strings without looking into them.
void request_parser::on_chunk_header_impl(std::uint64_t size, text extensions, error_code& failed) {
  if (size > body_size_max_ - chunks_size_) return refuse_body_size(failed);
  chunks_size_ += size;
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  };
  if (std::ranges::any_of(extensions, is_control))
    refuse(400, "a chunk extension has a control character", failed);
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
