#include "response.hpp"

#include <charconv>
#include <chrono>

namespace seckill::inline v1::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  static_cast<void>(failed);  // cannot: the array holds every value
  out.append(digits.data(), end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void put_two_digits(char* at, unsigned value) noexcept {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_head(std::string& out, const response_head& head, const framing& frame, std::size_t body_size) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(head.status));
  out += ' ';
  out += status_phrase(head.status);
  out += "\r\n";
  append_line(out, "Date", frame.date);
  if (!head.content_type.empty()) append_line(out, "Content-Type", head.content_type);
  if (head.status != 304 && !head.endless) {  // with 304 it would be the size of what was not sent
    out += "Content-Length: ";
    append_number(out, body_size);
    out += "\r\n";
  }
  if (!head.cache_control.empty()) append_line(out, "Cache-Control", head.cache_control);
  if (head.retry_after_s != 0) {
    out += "Retry-After: ";
    append_number(out, head.retry_after_s);
    out += "\r\n";
  }
  if (!frame.keep_alive) out += "Connection: close\r\n";
  if (frame.keep_alive && frame.http_1_0) out += "Connection: keep-alive\r\n";
  out += head.more;
  out += "\r\n";
}

void append_response(std::string& out, const response_head& head, const framing& frame,
                     std::string_view body) {
  append_head(out, head, frame, body.size());
  if (!frame.head) out += body;
}

void append_response(std::string& out, const text_response& response, const framing& frame) {
  const response_head head{response.status,        response.content_type, response.cache_control,
                           response.retry_after_s, response.more,         response.endless};
  const bool shared = !response.shared_body.empty();
  append_head(out, head, frame, shared ? response.shared_body.size() : response.body.size());
  if (!frame.head && !shared) out += response.body;
}

void text_response::clear() {
  status = 200;
  content_type = "application/json";
  cache_control = "no-store";
  retry_after_s = 0;
  more.clear();
  body.clear();
  shared_body = {};
  endless = conditions_known = false;
}

void apply(precondition_result evaluated, text_response& into) {
  if (evaluated == precondition_result::holds || into.status != 200 || into.conditions_known) return;
  if (evaluated == precondition_result::not_modified) {
    into.status = 304;
    into.content_type = {};
    into.body.clear();
    return;
  }
  problem what;
  what.status = 412;
  what.detail = "If-Match names no entity tag of this resource";
  set_problem(into, what);
}

void set_problem(text_response& into, const problem& what) {
  into.clear();
  into.status = what.status;
  into.content_type = "application/problem+json";
  into.retry_after_s = what.retry_after_s;
  if (!what.allow.empty()) append_line(into.more, "Allow", what.allow);
  if (what.status == 415) append_line(into.more, "Accept-Encoding", "identity");
  if (what.status == 401) append_line(into.more, "WWW-Authenticate", "Bearer realm=\"seckill\"");
  render_problem(into.body, what);
}

http_date format_http_date(time_ms at) noexcept {
  using namespace std::chrono;
  constexpr std::string_view days = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const sys_seconds instant = floor<seconds>(sys_time<milliseconds>(milliseconds(at)));
  const sys_days day = floor<std::chrono::days>(instant);
  const year_month_day date(day);
  const hh_mm_ss clock(instant - day);

  http_date text{};
  std::string_view("Day, 00 Mon 0000 00:00:00 GMT").copy(text.data(), text.size());
  days.substr(weekday(day).c_encoding() * std::size_t{3}, 3).copy(text.data(), 3);
  put_two_digits(text.data() + 5, static_cast<unsigned>(date.day()));
  months.substr((static_cast<unsigned>(date.month()) - 1) * std::size_t{3}, 3).copy(text.data() + 8, 3);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  put_two_digits(text.data() + 12, year / 100 % 100);
  put_two_digits(text.data() + 14, year % 100);
  put_two_digits(text.data() + 17, static_cast<unsigned>(clock.hours().count()));
  put_two_digits(text.data() + 20, static_cast<unsigned>(clock.minutes().count()));
  put_two_digits(text.data() + 23, static_cast<unsigned>(clock.seconds().count()));
  return text;
}

}  // namespace seckill::inline v1::http
