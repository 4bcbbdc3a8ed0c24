#include "contract.hpp"
#include "shop_server.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>
#include <yaml-cpp/yaml.h>

namespace seckill {
namespace {

using testing::shop_server;

/// A JSON text made from a schema, and whether the schema allows it.
struct variant {
  std::string json;
  bool valid;
};

/// Texts that a pattern allows, first the plainest, and texts that it refuses. A new pattern needs its line here.
struct samples {
  std::vector<std::string> valid;
  std::vector<std::string> invalid;
};

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

const samples& samples_of(const std::string& pattern) {
  static const std::vector<std::string> ids = {
      "1", "9", "10", "9223372036854775808", "18446744073709551609", "18446744073709551615"};
  static const std::vector<std::string> no_ids = {"",
                                                  "0",
                                                  "01",
                                                  "-1",
                                                  "+1",
                                                  " 1",
                                                  "1 ",
                                                  "1.0",
                                                  "0x1",
                                                  "１",
                                                  "18446744073709551616",
                                                  "20000000000000000000",
                                                  "100000000000000000000"};
  static const std::map<char, samples> known = {
      {'1', {ids, no_ids}},  // an id
      {'A', {{"CNY", "AAA", "ZZZ"}, {"", "CN", "CNYX", "cny", "CN1", "CÑY", "人民币"}}},
      {'~',
       {{"p", repeated("p", 64), " ", "~!#[]{}"},
        {"", repeated("p", 65), "付", "p\\n", "p\\u0000", "\\u007f"}}}};
  for (const auto& [sign, found] : known) {
    if (pattern.starts_with(sign == '1' ? "^([1-9]" : sign == 'A' ? "^[A-Z]{3}$" : "^[ -~]{1,64}$"))
      return found;
  }
  throw std::runtime_error("there are no samples of the pattern " + pattern);
}

/// Makes texts from the request schemas of docs/reference/openapi.yaml: each allows or breaks one thing.
class generator {
 public:
  generator() : root_(YAML::LoadFile(SECKILL_SOURCE_DIR "/docs/reference/openapi.yaml")) {}

  [[nodiscard]] std::vector<variant> bodies_of(const std::string& path) const {
    return variants(root_["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"], 1);
  }

 private:
  [[nodiscard]] YAML::Node resolved(const YAML::Node& node) const {
    if (!node["$ref"]) return node;
    const std::string target = node["$ref"].Scalar();
    return root_["components"]["schemas"][target.substr(target.rfind('/') + 1)];
  }

  /// The plainest valid text. `number` makes the elements of an array differ.
  [[nodiscard]] std::string plain(const YAML::Node& unresolved, std::size_t number) const {
    const YAML::Node schema = resolved(unresolved);
    const std::string type = schema["type"].Scalar();
    if (schema["example"]) return schema["example"].Scalar();
    if (type == "integer")
      return std::to_string(schema["minimum"].as<long long>() + static_cast<long long>(number) - 1);
    if (type == "array") return array(schema, schema["minItems"].as<std::size_t>());
    if (type == "object") return object(schema, "", "", number);
    if (schema["enum"]) return in_quotes(schema["enum"][0].Scalar());
    if (schema["pattern"]) return in_quotes(samples_of(schema["pattern"].Scalar()).valid.front());
    return in_quotes(repeated("t", schema["minLength"].as<std::size_t>(0)));
  }

  [[nodiscard]] std::string array(const YAML::Node& schema, std::size_t size) const {
    std::string text = "[";
    for (std::size_t i = 1; i <= size; ++i) text += (i > 1 ? "," : "") + plain(schema["items"], i);
    return text + ']';
  }

  /// The required members, with one replaced, added, or, if `json` is empty, left out.
  [[nodiscard]] std::string object(const YAML::Node& schema, const std::string& name, const std::string& json,
                                   std::size_t number) const {
    std::map<std::string, std::string> members;
    for (const auto& each : schema["required"])
      members[each.Scalar()] =
          plain(schema["properties"][each.Scalar()], each.Scalar() == "sku" ? number : 1);
    if (!name.empty()) members[name] = json;
    std::string text = "{";
    for (const auto& [key, value] : members) {
      if (!value.empty()) text += (text.size() > 1 ? "," : "") + in_quotes(key) + ':' + value;
    }
    return text + '}';
  }

  [[nodiscard]] std::vector<variant> variants(const YAML::Node& unresolved, std::size_t number) const {
    const YAML::Node schema = resolved(unresolved);
    const std::string type = schema["type"].Scalar();
    std::vector<variant> all = {{"null", false}, {"true", false}};
    if (type != "object") all.push_back({"{}", false});
    if (type != "array") all.push_back({"[]", false});
    if (type != "integer") all.push_back({"1", false});
    if (type != "string") all.push_back({R"("1")", false});
    if (type == "integer") add_integers(schema, all);
    if (type == "string") add_strings(schema, all);
    if (type == "array") add_arrays(schema, all);
    if (type == "object") add_objects(schema, number, all);
    return all;
  }

  static void add_integers(const YAML::Node& schema, std::vector<variant>& to) {
    const auto low = schema["minimum"].as<long long>();
    const auto high = schema["maximum"].as<long long>();
    const bool no_zero = schema["not"].IsDefined();  // the only exception that the contract has
    for (const long long bound : {low, high}) {
      const std::string text = std::to_string(bound);
      to.push_back({text, true});
      to.push_back({text + ".0", true});
      to.push_back({text + "e0", true});
      to.push_back({text + ".5", false});
    }
    to.push_back({std::to_string(low - 1), false});
    to.push_back({std::to_string(high + 1), false});
    to.push_back({std::to_string(high + 1) + ".0", false});
    to.push_back({"1e30", false});
    if (no_zero) to.push_back({"0", false});
    if (no_zero) to.push_back({"-0.0", false});
  }

  static void add_strings(const YAML::Node& schema, std::vector<variant>& to) {
    if (schema["enum"]) {
      for (const auto& each : schema["enum"]) to.push_back({in_quotes(each.Scalar()), true});
      to.push_back({in_quotes(schema["enum"][0].Scalar() + "x"), false});
      return;
    }
    if (schema["pattern"]) {
      for (const std::string& each : samples_of(schema["pattern"].Scalar()).valid)
        to.push_back({in_quotes(each), true});
      for (const std::string& each : samples_of(schema["pattern"].Scalar()).invalid)
        to.push_back({in_quotes(each), false});
      return;
    }
    const auto least = schema["minLength"].as<std::size_t>(0);
    const auto most = schema["maxLength"].as<std::size_t>();
    for (const char* character : {"t", "é", "秒", "😀", "\\u79d2", "\\ud83d\\ude00", "\\\""}) {
      to.push_back({in_quotes(repeated(character, most)), true});
      to.push_back({in_quotes(repeated(character, most + 1)), false});
    }
    if (least > 0) to.push_back({in_quotes(repeated("秒", least - 1)), false});
    to.push_back({in_quotes(repeated("秒", least)), true});
  }

  void add_arrays(const YAML::Node& schema, std::vector<variant>& to) const {
    const auto least = schema["minItems"].as<std::size_t>();
    const auto most = schema["maxItems"].as<std::size_t>();
    to.push_back({array(schema, least), true});
    to.push_back({array(schema, most), true});
    to.push_back({array(schema, least - 1), false});
    to.push_back({array(schema, most + 1), false});
    for (const variant& each : variants(schema["items"], 1))
      to.push_back({'[' + each.json + ']', each.valid});
  }

  void add_objects(const YAML::Node& schema, std::size_t number, std::vector<variant>& to) const {
    to.push_back({object(schema, "", "", number), true});
    to.push_back({object(schema, "unknown", "1", number), false});
    for (const auto& each : schema["required"])
      to.push_back({object(schema, each.Scalar(), "", number), false});
    for (const auto& property : schema["properties"]) {
      for (const variant& each : variants(property.second, 1))
        to.push_back({object(schema, property.first.Scalar(), each.json, number), each.valid});
    }
  }

  YAML::Node root_;
};

/// Sends every variant. What the schema allows may still be refused for what the shop knows, but not as invalid.
void hold_server_to(const std::string& path, const std::string& target, std::size_t least) {
  const shop_server shop;
  const std::string sale = shop.open_sale(100);
  std::string address = target;
  if (const std::size_t at = address.find("SALE"); at != std::string::npos) address.replace(at, 4, sale);
  const std::vector<variant> all = generator().bodies_of(path);
  EXPECT_GE(all.size(), least);
  for (const variant& each : all) {
    const auto got = shop.admin_post(address, each.json);
    EXPECT_EQ(got.status != 400, each.valid) << path << ' ' << each.json.substr(0, 500) << '\n'
                                             << got.status << ' ' << got.body.substr(0, 500);
  }
}

TEST(http_schema, reserves_are_taken_as_the_schema_says) {
  hold_server_to("/api/v1/sales/{sale_id}/reservations", "/api/v1/sales/SALE/reservations", 60);
}

TEST(http_schema, payments_are_taken_as_the_schema_says) {
  hold_server_to("/api/v1/reservations/{reservation_id}/confirm", "/api/v1/reservations/1/confirm", 50);
}

TEST(http_schema, sales_are_taken_as_the_schema_says) {
  hold_server_to("/admin/v1/sales", "/admin/v1/sales", 150);
}

TEST(http_schema, restocks_are_taken_as_the_schema_says) {
  hold_server_to("/admin/v1/sales/{sale_id}/restock", "/admin/v1/sales/SALE/restock", 25);
}

}  // namespace
}  // namespace seckill
