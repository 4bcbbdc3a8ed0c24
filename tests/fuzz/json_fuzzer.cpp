// A document through the tape and through Boost.JSON's own tree: both take it or neither does, and they hold the same.
#include "api/json_tape.hpp"
#include "tests/fuzz/fuzz_input.hpp"

#include <boost/json/parse.hpp>

#include <cmath>
#include <string>

namespace seckill::testing {
namespace {

using http::json_kind;
using http::json_node;
using http::json_tape;

// The tree keeps the last of repeated names, the tape all of them.
const json_node* last_member(const json_tape& tape, std::uint32_t object, std::string_view name) {
  const json_node* found = nullptr;
  for (std::uint32_t at = object + 1; at < tape.nodes()[object].next; at = tape.nodes()[at].next)
    if (tape.key(tape.nodes()[at]) == name) found = &tape.nodes()[at];
  return found;
}

void compare(const json_tape& tape, std::uint32_t at, const boost::json::value& tree);

void compare_object(const json_tape& tape, std::uint32_t at, const boost::json::object& tree) {
  const json_node& node = tape.nodes()[at];
  require(node.kind == json_kind::object, "an object is an object");
  for (const auto& [name, value] : tree) {
    const json_node* member = last_member(tape, at, {name.data(), name.size()});
    require(member != nullptr, "every member is on the tape", {name.data(), name.size()});
    compare(tape, static_cast<std::uint32_t>(member - tape.nodes().data()), value);
  }
  for (std::uint32_t member = at + 1; member < node.next; member = tape.nodes()[member].next) {
    const std::string_view name = tape.key(tape.nodes()[member]);
    require(tree.contains(boost::json::string_view(name.data(), name.size())), "every member is in the tree",
            name);
  }
}

void compare_array(const json_tape& tape, std::uint32_t at, const boost::json::array& tree) {
  const json_node& node = tape.nodes()[at];
  require(node.kind == json_kind::array, "an array is an array");
  std::uint32_t element = at + 1;
  for (const boost::json::value& each : tree) {
    require(element < node.next, "every element is on the tape");
    compare(tape, element, each);
    element = tape.nodes()[element].next;
  }
  require(element == node.next, "no element is on the tape alone");
}

/// The tape tells integers by their text, Boost.JSON rounds: what is an integer for one is close to it for the other.
void compare_double(const json_node& node, double value) {
  if (node.kind == json_kind::other_number) return;
  require(node.kind == json_kind::integer, "a number is a number");
  const auto whole = static_cast<double>(node.integer);
  require(std::abs(whole - value) <= std::abs(value) * 1e-14,
          "an integer with a point or an exponent is as great");
}

void compare(const json_tape& tape, std::uint32_t at, const boost::json::value& tree) {
  const json_node& node = tape.nodes()[at];
  switch (tree.kind()) {
    case boost::json::kind::null:
      return require(node.kind == json_kind::null, "null is null");
    case boost::json::kind::bool_:
      return require(node.kind == json_kind::boolean && node.truth == tree.get_bool(), "a truth is the same");
    case boost::json::kind::int64:
      return require(node.kind == json_kind::integer && node.integer == tree.get_int64(),
                     "an integer is the same");
    case boost::json::kind::uint64:
      return require(node.kind == json_kind::other_number, "another number is one");
    case boost::json::kind::double_:
      return compare_double(node, tree.get_double());
    case boost::json::kind::string: {
      const boost::json::string& text = tree.get_string();
      return require(
          node.kind == json_kind::text && tape.text(node) == std::string_view(text.data(), text.size()),
          "a text is the same", {text.data(), text.size()});
    }
    case boost::json::kind::array:
      return compare_array(tape, at, tree.get_array());
    case boost::json::kind::object:
      return compare_object(tape, at, tree.get_object());
  }
}

void fuzz(std::string_view document) {
  static json_tape
      tape;  // kept, as a connection keeps it: what one document leaves must not show in the next
  boost::json::parse_options options;
  options.max_depth = json_tape::depth_max;
  boost::json::error_code failed;
  const boost::json::value tree =
      boost::json::parse(boost::json::string_view(document.data(), document.size()), failed, {}, options);
  const bool parsed = tape.parse(document);
  require(parsed == !failed, "both take the document or neither does",
          parsed ? failed.message() : tape.error());
  if (parsed) compare(tape, 0, tree);
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
