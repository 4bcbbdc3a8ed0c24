#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// Appends JSON to a string, without a document in memory and, once the string has grown, without allocation.
/// The caller opens and closes in the right order; commas are put by looking at what was written last.
class json_writer {
 public:
  /// REQUIRES: `out` outlives this object.
  explicit json_writer(std::string& out) : out_(out), start_(out.size()) {}

  json_writer& open_object();
  json_writer& close_object();
  json_writer& open_array();
  json_writer& close_array();
  /// REQUIRES: `name` needs no escape.
  json_writer& key(std::string_view name);

  /// Escaped; REQUIRES: UTF-8.
  json_writer& text(std::string_view value);
  json_writer& integer(std::int64_t value);
  json_writer& counter(std::uint64_t value);
  /// A 64-bit id: a decimal string, because JSON numbers lose digits above 2^53 in many readers.
  json_writer& id(std::uint64_t value);
  json_writer& boolean(bool value);

 private:
  void separate();

  std::string& out_;
  std::size_t start_;  ///< what stands before is not ours
};

}  // namespace seckill::inline v1::http
