#include "json_writer.hpp"

#include <array>
#include <charconv>

namespace seckill::inline v1::http {
namespace {

template <typename Number>
void append_number(std::string& out, Number value) {
  std::array<char, 20> digits;  // the longest: 2^64 - 1, and -2^63
  const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  static_cast<void>(failed);  // cannot: the array holds every value
  out.append(digits.data(), end);
}

void append_escaped(std::string& out, char symbol) {
  switch (symbol) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(symbol) >= 0x20) {
    out += symbol;
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u00";
  out += digits[static_cast<unsigned char>(symbol) >> 4U];
  out += digits[static_cast<unsigned char>(symbol) & 15U];
}

}  // namespace

void json_writer::separate() {
  if (out_.size() == start_) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

json_writer& json_writer::open_object() {
  separate();
  out_ += '{';
  return *this;
}

json_writer& json_writer::close_object() {
  out_ += '}';
  return *this;
}

json_writer& json_writer::open_array() {
  separate();
  out_ += '[';
  return *this;
}

json_writer& json_writer::close_array() {
  out_ += ']';
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  return *this;
}

json_writer& json_writer::text(std::string_view value) {
  separate();
  out_ += '"';
  for (const char symbol : value) append_escaped(out_, symbol);
  out_ += '"';
  return *this;
}

json_writer& json_writer::integer(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

json_writer& json_writer::counter(std::uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

json_writer& json_writer::id(std::uint64_t value) {
  separate();
  out_ += '"';
  append_number(out_, value);
  out_ += '"';
  return *this;
}

json_writer& json_writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

}  // namespace seckill::inline v1::http
