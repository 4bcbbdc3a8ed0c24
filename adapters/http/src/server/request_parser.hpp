#pragma once

#include "request_reader.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <memory>
#include <optional>
#include <string>

namespace seckill::inline v1::http {

/// Keeps of a request what the API looks at, as places in the bytes that it was parsed from: the bytes may
/// move between two puts. Of a chunked body, the chunks are moved together in place.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  explicit request_parser(const request_bounds& bounds);

  /// Parses what stands at `start + offset`, and gives the size taken. REQUIRES: `start` is where this
  /// request begins.
  std::size_t put_at(char* start, std::size_t offset, std::size_t size, error_code& failed);

  /// The request, as views into the bytes at `start`. REQUIRES: is_done().
  [[nodiscard]] request view(const char* start) const noexcept;

  /// Why it was refused, if the reason is not in the error code.
  [[nodiscard]] const std::optional<problem>& refusal() const noexcept { return refusal_; }
  [[nodiscard]] bool http_1_0() const noexcept { return version_ == 10; }
  /// Whether the request line has been taken.
  [[nodiscard]] bool line_done() const noexcept { return line_done_; }
  /// The bound on the body; of a request whose head is not there yet, the usual one.
  [[nodiscard]] std::uint32_t body_size_max() const noexcept { return body_size_max_; }
  /// Whether the connection persists behind this request (RFC 9112, section 9.3).
  [[nodiscard]] bool persists() const noexcept { return persists_; }

  bool expects_continue = false;

 private:
  struct place {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
    bool given = false;
  };
  /// The value of a field that is a list. Only several lines need memory of their own.
  struct list_value {
    place first;
    std::unique_ptr<std::string> joined;
  };

  void on_request_impl(boost::beast::http::verb method, text name, text target, int version,
                       error_code& failed) override;
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field name, text spelled, text value, error_code& failed) override;
  void on_header_impl(error_code& failed) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text part, error_code& failed) override;
  void on_chunk_header_impl(std::uint64_t size, text extensions, error_code& failed) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, text part, error_code& failed) override;
  void on_finish_impl(error_code&) override {}

  void keep(place& where, text value, const char* field, error_code& failed);
  void join(list_value& list, text value);
  [[nodiscard]] list_value* list_of(boost::beast::http::field name, text spelled) noexcept;
  [[nodiscard]] std::string_view text_of(const list_value& list, const char* start) const noexcept;
  [[nodiscard]] bool folded(text spelled, text value) const noexcept;
  void decide_framing(error_code& failed);
  void decide_body_size(error_code& failed);
  void refuse_body_size(error_code& failed);
  void decide_persistence() noexcept;
  void decide_expectation(error_code& failed);
  void refuse(int status, std::string detail, error_code& failed);
  [[nodiscard]] place place_of(text part) const noexcept;

  std::uint32_t fields_max_;
  std::uint32_t fields_ = 0;
  std::size_t head_size_max_;
  std::uint32_t body_size_max_;
  std::uint32_t operator_body_size_max_;
  std::string_view operator_token_;
  std::uint64_t chunks_size_ = 0;  ///< announced so far
  std::size_t head_size_ = 0;
  char* start_ = nullptr;  ///< of the request; valid during put_at()
  char* end_ = nullptr;    ///< of the bytes; valid during put_at()
  verb method_ = verb::other;
  target_scheme scheme_ = target_scheme::not_said;
  int version_ = 11;
  bool line_done_ = false;
  bool head_done_ = false;
  bool persists_ = true;
  place target_;
  place host_;
  place idempotency_key_;
  place authorization_;
  place content_type_;
  place body_;
  list_value connection_;
  list_value transfer_encoding_;
  list_value expect_;
  list_value content_encoding_;
  list_value if_match_;
  list_value if_none_match_;
  list_value forwarded_for_;
  std::optional<problem> refusal_;
};

}  // namespace seckill::inline v1::http
