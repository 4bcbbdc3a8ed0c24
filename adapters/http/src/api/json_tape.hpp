#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1::http {

enum class json_kind : std::uint8_t {
  null,
  boolean,
  integer,
  other_number,
  text,
  array,
  object
};

/// One value of a document. The members of an object or array follow it; `next` jumps over them.
struct json_node {
  json_kind kind{};
  bool truth = false;        ///< of a boolean
  std::uint32_t next = 0;    ///< index of the node behind this value
  std::int64_t integer = 0;  ///< of an integer
  std::uint32_t key_at = 0;  ///< of an object's member: its name in the strings
  std::uint32_t key_size = 0;
  std::uint32_t text_at = 0;  ///< of a text: its characters in the strings
  std::uint32_t text_size = 0;
};

/// Parses a JSON document into a flat list of nodes, keeping what a document tree hides: repeated names, and
/// every digit of an integer. As for JSON Schema, 1.0 and 1e2 are integers. Its memory is kept from one document to the next, so that parsing
/// allocates nothing once it has seen a document as large.
///
/// `other_number` stands for fractions, integers beyond 64 signed bits, and those of more than 18 digits with a point or
/// an exponent.
class json_tape {
 public:
  json_tape();
  json_tape(json_tape&&) noexcept;
  json_tape& operator=(json_tape&&) noexcept;
  ~json_tape();

  /// The whole of `text` must be one document of at most depth_max levels, in UTF-8. False: see error().
  [[nodiscard]] bool parse(std::string_view text);
  /// Why the last parse failed, and where.
  [[nodiscard]] std::string error() const;

  /// Valid until the next parse.
  [[nodiscard]] std::span<const json_node> nodes() const noexcept;
  [[nodiscard]] std::string_view key(const json_node& node) const noexcept;
  [[nodiscard]] std::string_view text(const json_node& node) const noexcept;

  static constexpr std::size_t depth_max = 8;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1::http
