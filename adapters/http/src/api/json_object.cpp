#include "json_object.hpp"

#include "wire_ids.hpp"

#include <algorithm>

namespace seckill::inline v1::http {
namespace {

/// The names that an object may have, for a message.
std::string listed(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

/// REQUIRES: UTF-8, which the parser has seen to.
std::size_t characters_in(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80; }));
}

/// Of a name that a client made up, as much as a message needs, in printable characters.
std::string shown(std::string_view name) {
  constexpr std::size_t size_max = 40;
  std::string text(name.substr(0, size_max));
  std::ranges::replace_if(
      text, [](char symbol) { return symbol < ' ' || symbol > '~'; }, '?');
  return text;
}

}  // namespace

std::string field_path::text() const {
  if (parent_ == nullptr) return {};
  std::string path = parent_->text();
  if (name_.empty()) return path + '[' + std::to_string(index_) + ']';
  if (!path.empty()) path += '.';
  return path.append(name_);
}

json_object::json_object(const json_tape& tape, std::uint32_t node, const field_path& at,
                         std::span<const std::string_view> known, violation& first)
    : tape_(tape), node_(node), at_(at), first_(first) {
  const auto nodes = tape.nodes();
  if (nodes[node].kind != json_kind::object) {
    if (!first_.found()) first_ = {at.text(), "must be an object with: " + listed(known)};
    return;
  }
  for (std::uint32_t member = node + 1; member < nodes[node].next; member = nodes[member].next) {
    if (first_.found()) return;
    const std::string_view name = tape.key(nodes[member]);
    if (std::ranges::find(known, name) == known.end()) {
      refuse(shown(name), known.empty() ? "is not known here; send no fields"
                                        : "is not known here; the fields are: " + listed(known));
    } else if (find(name) != &nodes[member]) {
      refuse(name, "must be given once");
    }
  }
}

const json_node* json_object::find(std::string_view name) const {
  const auto nodes = tape_.nodes();
  for (std::uint32_t member = node_ + 1; member < nodes[node_].next; member = nodes[member].next) {
    if (tape_.key(nodes[member]) == name) return &nodes[member];
  }
  return nullptr;
}

void json_object::refuse(std::string_view name, std::string must_be) {
  if (!first_.found()) first_ = {field_path(at_, name).text(), std::move(must_be)};
}

template <typename Describe>
const json_node* json_object::require(std::string_view name, json_kind kind, const Describe& describe) {
  if (first_.found()) return nullptr;
  const json_node* node = find(name);
  if (node == nullptr) {
    refuse(name, "is missing; it must be " + describe());
    return nullptr;
  }
  if (node->kind != kind) {
    refuse(name, "must be " + describe());
    return nullptr;
  }
  return node;
}

std::uint64_t json_object::id(std::string_view name) {
  const auto describe = [] { return std::string("a decimal string from \"1\" to \"18446744073709551615\""); };
  const json_node* node = require(name, json_kind::text, describe);
  if (node == nullptr) return 0;
  const auto value = parse_id(tape_.text(*node));
  if (!value) refuse(name, "must be " + describe());
  return value.value_or(0);
}

std::int64_t json_object::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto describe = [&] {
    return "an integer from " + std::to_string(low) + " to " + std::to_string(high);
  };
  const json_node* node = require(name, json_kind::integer, describe);
  if (node == nullptr) return 0;
  if (node->integer < low || node->integer > high) {
    refuse(name, "must be " + describe());
    return 0;
  }
  return node->integer;
}

std::string_view json_object::text(std::string_view name, std::size_t size_min, std::size_t size_max) {
  const auto describe = [&] {
    return "a text of " + std::to_string(size_min) + " to " + std::to_string(size_max) + " characters";
  };
  const json_node* node = require(name, json_kind::text, describe);
  if (node == nullptr) return {};
  const std::size_t size = characters_in(tape_.text(*node));
  if (size < size_min || size > size_max) {
    refuse(name, "must be " + describe());
    return {};
  }
  return tape_.text(*node);
}

std::size_t json_object::choice(std::string_view name, std::span<const std::string_view> among) {
  const auto describe = [&] { return "one of: " + listed(among); };
  const json_node* node = require(name, json_kind::text, describe);
  if (node == nullptr) return 0;
  const auto found = std::ranges::find(among, tape_.text(*node));
  if (found == among.end()) {
    refuse(name, "must be " + describe());
    return 0;
  }
  return static_cast<std::size_t>(found - among.begin());
}

const json_node* json_object::array_of(std::string_view name, std::size_t size_min, std::size_t size_max) {
  const auto describe = [&] {
    return "an array of " + std::to_string(size_min) + " to " + std::to_string(size_max) + " objects";
  };
  const json_node* node = require(name, json_kind::array, describe);
  if (node == nullptr) return nullptr;
  const auto nodes = tape_.nodes();
  std::size_t size = 0;
  for (std::uint32_t element = index_of(*node) + 1; element < node->next; element = nodes[element].next)
    ++size;
  if (size < size_min || size > size_max) {
    refuse(name, "must be " + describe());
    return nullptr;
  }
  return node;
}

}  // namespace seckill::inline v1::http
