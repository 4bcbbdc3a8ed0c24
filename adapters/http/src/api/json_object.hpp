#pragma once

#include "json_tape.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// Where a value stands in a document, for example `lines[0].quantity`. A chain of stack objects that costs
/// nothing until it has to be spelled.
class field_path {
 public:
  field_path() = default;
  field_path(const field_path& parent, std::string_view name) : parent_(&parent), name_(name) {}
  field_path(const field_path& parent, std::size_t index) : parent_(&parent), index_(index) {}

  [[nodiscard]] std::string text() const;

 private:
  const field_path* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

/// The first thing found wrong with a document; empty `detail`: nothing.
struct violation {
  std::string field;
  std::string detail;  ///< what the field must be

  [[nodiscard]] bool found() const noexcept { return !detail.empty(); }
};

/// Reads an object strictly: exactly the known names, each once, each of the wanted type and range. The first
/// violation is kept, and from then on every read gives a harmless zero, so that a reader is written straight
/// down.
class json_object {
 public:
  /// Checks at once for names that are unknown or repeated. REQUIRES: `tape`, `at` and `first` outlive this
  /// object.
  json_object(const json_tape& tape, std::uint32_t node, const field_path& at,
              std::span<const std::string_view> known, violation& first);

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  /// A decimal string of an id, see parse_id().
  std::uint64_t id(std::string_view name);
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high);
  /// Valid as long as the tape's document. Sizes in characters, that is in code points, as JSON Schema counts.
  std::string_view text(std::string_view name, std::size_t size_min, std::size_t size_max);
  /// One of the texts given: its index.
  std::size_t choice(std::string_view name, std::span<const std::string_view> among);

  /// Calls `each(json_object&, index)` for every object of the array `name`.
  template <typename Each>
  void objects(std::string_view name, std::size_t size_min, std::size_t size_max,
               std::span<const std::string_view> known, Each&& each) {
    const json_node* array = array_of(name, size_min, size_max);
    if (array == nullptr) return;
    const field_path at(at_, name);
    const std::uint32_t first_element = index_of(*array) + 1;
    std::size_t index = 0;
    for (std::uint32_t node = first_element; node < array->next; node = tape_.nodes()[node].next) {
      const field_path element_at(at, index);
      json_object element(tape_, node, element_at, known, first_);
      if (first_.found()) return;
      each(element, index++);
    }
  }

  /// Records that `name` must be something else, unless a violation was found before.
  void refuse(std::string_view name, std::string must_be);

 private:
  [[nodiscard]] const json_node* find(std::string_view name) const;
  /// `describe` spells what the value must be; called only for a violation.
  template <typename Describe>
  const json_node* require(std::string_view name, json_kind kind, const Describe& describe);
  const json_node* array_of(std::string_view name, std::size_t size_min, std::size_t size_max);
  [[nodiscard]] std::uint32_t index_of(const json_node& node) const {
    return static_cast<std::uint32_t>(&node - tape_.nodes().data());
  }

  const json_tape& tape_;
  std::uint32_t node_;
  const field_path& at_;
  violation& first_;
};

}  // namespace seckill::inline v1::http
