#include "json_tape.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace seckill::inline v1::http {
namespace {

using boost::json::error_code;
using boost::json::string_view;

constexpr std::int64_t whole_max = 999'999'999'999'999'999;

/// The integer that a number with a point or an exponent is, of up to 18 digits. From its text: a double is rounded.
std::optional<std::int64_t> whole_number(std::string_view text) {
  const std::size_t exponent_at = std::min(text.find_first_of("eE"), text.size());
  std::int64_t exponent = 0;
  if (exponent_at < text.size()) {
    std::string_view digits = text.substr(exponent_at + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc{} || exponent > 18 || exponent < -1'000'000) return std::nullopt;
  }
  std::string digits(text.substr(0, exponent_at));
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<std::int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  for (; exponent < 0 && digits.ends_with('0'); ++exponent) digits.pop_back();
  if (digits.empty() || digits == "-") return 0;
  if (exponent < 0) return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  std::int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc{} || value > whole_max || value < -whole_max) return std::nullopt;
  return value;
}

/// Receives the parser's events. Names follow Boost.JSON's handler requirements.
class tape_builder {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  void clear() {
    nodes.clear();
    strings.clear();
    open_.clear();
    key_at_ = key_size_ = part_at_ = 0;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(json_kind::object); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code&) { return open(json_kind::array); }
  bool on_array_end(std::size_t, error_code&) { return close(); }

  bool on_key_part(string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(string_view part, std::size_t size, error_code&) {
    keep(part);
    key_at_ = part_at_;
    key_size_ = static_cast<std::uint32_t>(size);
    part_at_ = static_cast<std::uint32_t>(strings.size());
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_string(string_view part, std::size_t size, error_code&) {
    keep(part);
    json_node& node = add(json_kind::text);
    node.text_at = part_at_;
    node.text_size = static_cast<std::uint32_t>(size);
    part_at_ = static_cast<std::uint32_t>(strings.size());
    return true;
  }

  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, string_view, error_code&) {
    add(json_kind::integer).integer = value;
    return true;
  }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return add_plain(json_kind::other_number); }
  bool on_double(double, string_view text, error_code&) {
    const auto whole = whole_number({text.data(), text.size()});
    if (!whole) return add_plain(json_kind::other_number);
    add(json_kind::integer).integer = *whole;
    return true;
  }
  bool on_bool(bool value, error_code&) {
    add(json_kind::boolean).truth = value;
    return true;
  }
  bool on_null(error_code&) { return add_plain(json_kind::null); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  std::vector<json_node> nodes;
  std::string strings;

 private:
  json_node& add(json_kind kind) {
    json_node& node = nodes.emplace_back();
    node.kind = kind;
    node.next = static_cast<std::uint32_t>(nodes.size());
    node.key_at = key_at_;
    node.key_size = key_size_;
    key_size_ = 0;
    return node;
  }
  bool add_plain(json_kind kind) {
    add(kind);
    return true;
  }
  bool open(json_kind kind) {
    add(kind);
    open_.push_back(static_cast<std::uint32_t>(nodes.size() - 1));
    return true;
  }
  bool close() {
    nodes[open_.back()].next = static_cast<std::uint32_t>(nodes.size());
    open_.pop_back();
    return true;
  }
  bool keep(string_view part) {
    strings.append(part.data(), part.size());
    return true;
  }

  std::vector<std::uint32_t> open_;  ///< the objects and arrays that have not ended
  std::uint32_t key_at_ = 0;
  std::uint32_t key_size_ = 0;
  std::uint32_t part_at_ = 0;  ///< where the string being received begins
};

boost::json::parse_options strict_options() {
  boost::json::parse_options options;
  options.max_depth = json_tape::depth_max;
  return options;
}

}  // namespace

class json_tape::state {
 public:
  bool parse(std::string_view text) {
    parser_.reset();
    parser_.handler().clear();
    error_ = {};
    consumed_ = parser_.write_some(false, text.data(), text.size(), error_);
    if (!error_ && consumed_ != text.size()) error_ = boost::json::error::extra_data;
    return !error_;
  }
  [[nodiscard]] std::string error() const {
    return error_.message() + " at byte " + std::to_string(consumed_);
  }
  [[nodiscard]] const tape_builder& built() const { return parser_.handler(); }

 private:
  boost::json::basic_parser<tape_builder> parser_{strict_options()};
  error_code error_;
  std::size_t consumed_ = 0;
};

json_tape::json_tape() : state_(std::make_unique<state>()) {}
json_tape::json_tape(json_tape&&) noexcept = default;
json_tape& json_tape::operator=(json_tape&&) noexcept = default;
json_tape::~json_tape() = default;

bool json_tape::parse(std::string_view text) { return state_->parse(text); }
std::string json_tape::error() const { return state_->error(); }
std::span<const json_node> json_tape::nodes() const noexcept { return state_->built().nodes; }

std::string_view json_tape::key(const json_node& node) const noexcept {
  return std::string_view(state_->built().strings).substr(node.key_at, node.key_size);
}

std::string_view json_tape::text(const json_node& node) const noexcept {
  return std::string_view(state_->built().strings).substr(node.text_at, node.text_size);
}

}  // namespace seckill::inline v1::http
