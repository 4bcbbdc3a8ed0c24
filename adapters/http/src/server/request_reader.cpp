#include "request_reader.hpp"

#include "request_parser.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace seckill::inline v1::http {
namespace {

/// What a request usually fits in; memory beyond is given back.
constexpr std::size_t usual_capacity = 8 * 1024;

/// One largest request, with as much framing again as its body for chunks.
std::size_t capacity_max(std::uint32_t head_size_max, std::uint32_t body_size_max) noexcept {
  return std::max<std::size_t>(usual_capacity, std::size_t{head_size_max} + 2 * std::size_t{body_size_max});
}

problem plain_problem(int status, std::string detail) {
  problem what;
  what.status = status;
  what.detail = std::move(detail);
  return what;
}

/// Why the end of a request line is no version of ours: another version, or no version.
problem version_problem(std::string_view line) {
  constexpr std::string_view shape = "HTTP/1.1";
  const std::size_t method_end = std::min(line.find(' '), line.size());
  const std::size_t target_end = line.find(' ', method_end + 1);
  const std::string_view version = target_end == line.npos ? std::string_view{} : line.substr(target_end + 1);
  const auto digit_at = [&](std::size_t at) { return version[at] >= '0' && version[at] <= '9'; };
  const bool ours = version == shape || version == "HTTP/1.0";  // then something else is wrong with the line
  if (!ours && version.size() == shape.size() && version.starts_with("HTTP/") && digit_at(5) &&
      version[6] == '.' && digit_at(7))
    return plain_problem(505, "speak HTTP/1.1");
  return plain_problem(400,
                       "the request line must be a method, a target and HTTP/1.1, with one space between");
}

}  // namespace

/// A parser serves one request; this makes it new for the next without allocating.
class request_reader::parser {
 public:
  explicit parser(const request_bounds& bounds) { renew(bounds); }
  void renew(const request_bounds& bounds) { now.emplace(bounds); }

  std::optional<request_parser> now;
  request viewed;
};

request_reader::request_reader(const request_bounds& bounds)
    : bounds_(bounds),
      bytes_(std::make_unique_for_overwrite<char[]>(usual_capacity)),
      capacity_(usual_capacity),
      parser_(std::make_unique<parser>(bounds)) {}

request_reader::~request_reader() = default;

std::span<char> request_reader::space() {
  if (begin_ == end_) begin_ = parsed_ = end_ = 0;
  if (end_ == capacity_) make_room();
  assert(end_ < capacity_);  // next() refuses a request that fills the largest capacity
  return {bytes_.get() + end_, capacity_ - end_};
}

void request_reader::make_room() {
  const std::size_t held = end_ - begin_;
  const std::size_t wanted =
      held > capacity_ / 2
          ? std::min(capacity_ * 2, capacity_max(bounds_.head_size_max, parser_->now->body_size_max()))
          : capacity_;
  if (wanted > capacity_) {
    auto larger = std::make_unique_for_overwrite<char[]>(wanted);
    std::memcpy(larger.get(), bytes_.get() + begin_, held);
    bytes_ = std::move(larger);
    capacity_ = wanted;
  } else {
    std::memmove(bytes_.get(), bytes_.get() + begin_, held);
  }
  parsed_ -= begin_;
  end_ = held;
  begin_ = 0;
}

void request_reader::received(std::size_t size) noexcept {
  assert(size <= capacity_ - end_);
  end_ += size;
}

request_reader::progress request_reader::refuse(problem what) {
  refusal_ = std::move(what);
  return progress::refused;
}

void request_reader::leave_current() {
  if (!parser_->now->is_done()) return;
  begin_ = parsed_;
  parser_->renew(bounds_);
}

/// A client may send an empty line too much behind a body (RFC 9112, section 2.2).
void request_reader::skip_empty_lines() noexcept {
  while (end_ - begin_ >= 2 && bytes_[begin_] == '\r' && bytes_[begin_ + 1] == '\n') begin_ += 2;
  parsed_ = begin_;
}

request_reader::progress request_reader::next() {
  if (refusal_) return progress::refused;
  leave_current();
  if (!parser_->now->got_some()) {
    skip_empty_lines();
    if (end_ - begin_ == 1 && bytes_[begin_] == '\r') return progress::need_more;
  }
  if (parsed_ == end_) return progress::need_more;
  request_parser& now = *parser_->now;
  request_parser::error_code failed;
  parsed_ += now.put_at(bytes_.get() + begin_, parsed_ - begin_, end_ - parsed_, failed);
  if (now.refusal()) return refuse(*now.refusal());
  if (failed == boost::beast::http::error::need_more && !now.is_header_done()) {
    if (auto wrong = broken_head(now.line_done())) return refuse(*std::move(wrong));
  }
  const bool incomplete = failed == boost::beast::http::error::need_more || (!failed && !now.is_done());
  if (incomplete && end_ - begin_ < capacity_max(bounds_.head_size_max, parser_->now->body_size_max()))
    return progress::need_more;
  if (incomplete) return refuse(plain_problem(413, "the request is too large"));
  if (failed) return refuse(problem_of(failed));
  parser_->viewed = now.view(bytes_.get() + begin_);
  return progress::complete;
}

/// The first line of the request, as much of it as there is, without its end.
std::string_view request_reader::first_line() const noexcept {
  const std::string_view received(bytes_.get() + begin_, end_ - begin_);
  const std::string_view line = received.substr(0, received.find('\n'));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// What is wrong with a head that has not ended. The parser waits for the rest where a line ends with LF alone, and for
/// bytes of a version that is too short.
std::optional<problem> request_reader::broken_head(bool line_done) const {
  const std::string_view received(bytes_.get() + begin_, end_ - begin_);
  for (std::size_t end = received.find('\n'); end != received.npos; end = received.find('\n', end + 1)) {
    if (end == 0 || received[end - 1] != '\r') return plain_problem(400, "lines must end with CR and LF");
  }
  if (line_done || received.find('\n') == received.npos) return std::nullopt;
  const std::string_view line = first_line();
  const bool whole = std::ranges::count(line, ' ') == 2;
  if (whole && (line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0"))) return std::nullopt;
  return version_problem(line);
}

problem request_reader::problem_of(const parser_error& failed) const {
  using error = boost::beast::http::error;
  if (failed == error::header_limit) {
    const bool line_ended = std::memchr(bytes_.get() + begin_, '\n', end_ - begin_) != nullptr;
    return plain_problem(line_ended ? 431 : 414,
                         "send at most " + std::to_string(bounds_.head_size_max) + " bytes of head");
  }
  if (failed == error::bad_version) return version_problem(first_line());
  return plain_problem(400, "this is not HTTP: " + failed.message());
}

const request& request_reader::current() const noexcept { return parser_->viewed; }
bool request_reader::keep_alive() const noexcept { return parser_->now->persists(); }
bool request_reader::http_1_0() const noexcept { return parser_->now->http_1_0(); }
const problem& request_reader::refusal() const noexcept { return *refusal_; }
bool request_reader::asks_head() const noexcept { return first_line().starts_with("HEAD "); }

bool request_reader::idle() const noexcept {
  return !refusal_ && parsed_ == end_ && (parser_->now->is_done() || !parser_->now->got_some());
}

bool request_reader::in_body() const noexcept {
  return parser_->now->is_header_done() && !parser_->now->is_done();
}

bool request_reader::take_expectation() noexcept {
  if (!in_body() || !parser_->now->expects_continue) return false;
  parser_->now->expects_continue = false;
  return true;
}

void request_reader::reset() {
  if (capacity_ > usual_capacity) {
    bytes_ = std::make_unique_for_overwrite<char[]>(usual_capacity);
    capacity_ = usual_capacity;
  }
  begin_ = parsed_ = end_ = 0;
  refusal_.reset();
  parser_->renew(bounds_);
}

}  // namespace seckill::inline v1::http
