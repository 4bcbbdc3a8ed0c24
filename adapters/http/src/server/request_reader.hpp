#pragma once

#include "../api/problem.hpp"
#include "../api/request.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace seckill::inline v1::http {

/// The bounds of one request.
struct request_bounds {
  std::uint32_t head_size_max = 8 * 1024;   ///< bytes of request line and fields
  std::uint32_t fields_max = 64;            ///< fields of head and trailer together
  std::uint32_t body_size_max = 64 * 1024;  ///< bytes, without the chunks' framing
  /// The same for requests below /admin with the operator's token.
  std::uint32_t operator_body_size_max = 64 * 1024;
  std::string_view operator_token{};  ///< outlives the reader; empty: nobody is the operator
};

/// Cuts a connection's bytes into requests. Sans-I/O: put bytes into space(), say received(), take requests
/// with next().
///
/// Its memory grows to one largest request (head, body and some framing of chunks) and no further. After a
/// refusal the stream cannot be read any more. Source: RFC 9110, RFC 9112; the grammar is Beast's
/// basic_parser.
class request_reader {
 public:
  explicit request_reader(const request_bounds& bounds);
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;
  ~request_reader();

  enum class progress : std::uint8_t {
    need_more,  ///< no whole request
    complete,   ///< current() is one
    refused,    ///< refusal() says why
  };

  /// Where the next bytes go: never empty before need_more was answered by received(). Invalidates current().
  [[nodiscard]] std::span<char> space();
  void received(std::size_t size) noexcept;

  /// Leaves the current request, if any, and parses on.
  [[nodiscard]] progress next();

  /// REQUIRES: complete. Views into this object, valid until the next call of next() or space().
  [[nodiscard]] const request& current() const noexcept;
  [[nodiscard]] bool keep_alive() const noexcept;
  [[nodiscard]] bool http_1_0() const noexcept;
  /// Whether the request that is coming in, or was refused, is a HEAD: its response has no body.
  [[nodiscard]] bool asks_head() const noexcept;
  /// REQUIRES: refused.
  [[nodiscard]] const problem& refusal() const noexcept;

  /// True between requests: nothing received that is not done with.
  [[nodiscard]] bool idle() const noexcept;
  /// True while the head of a request is there and its body is not.
  [[nodiscard]] bool in_body() const noexcept;
  /// True once for a request whose client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool take_expectation() noexcept;

  /// Makes it as new, and gives memory beyond the usual back.
  void reset();

 private:
  class parser;

  using parser_error = boost::system::error_code;

  void make_room();
  void leave_current();
  void skip_empty_lines() noexcept;
  progress refuse(problem what);
  [[nodiscard]] std::string_view first_line() const noexcept;
  [[nodiscard]] std::optional<problem> broken_head(bool line_done) const;
  [[nodiscard]] problem problem_of(const parser_error& failed) const;

  request_bounds bounds_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;   ///< of the current request
  std::size_t parsed_ = 0;  ///< end of what the parser has taken
  std::size_t end_ = 0;     ///< end of what was received
  std::optional<problem> refusal_;
  std::unique_ptr<parser> parser_;
};

}  // namespace seckill::inline v1::http
