#include "contract.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <regex>
#include <stdexcept>
#include <yaml-cpp/yaml.h>

namespace seckill::testing {
namespace {

/// What HTTP itself may refuse any request with.
constexpr int http_statuses[] = {400, 404, 405, 408, 412, 413, 414, 415, 417, 421, 431, 501, 503, 505};

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool fits(const std::string& pattern, std::string_view target, std::size_t& literals) {
  const auto wanted = segments_of(pattern);
  const auto given = segments_of(target);
  if (wanted.size() != given.size()) return false;
  literals = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) continue;
    if (wanted[i] != given[i]) return false;
    ++literals;
  }
  return true;
}

/// The type of a scalar as JSON has it: in YAML's terms, a quoted one is a string.
std::string type_of(const YAML::Node& value) {
  if (value.IsMap()) return "object";
  if (value.IsSequence()) return "array";
  if (value.Tag() == "!") return "string";
  const std::string text = value.Scalar();
  if (text == "true" || text == "false") return "boolean";
  return std::regex_match(text, std::regex("-?(0|[1-9][0-9]*)")) ? "integer" : "unknown " + text;
}

/// The member of the first of these names that there is.
std::optional<YAML::Node> one_of(const YAML::Node& of, std::initializer_list<std::string> names) {
  for (const std::string& name : names) {
    if (of[name]) return of[name];
  }
  return std::nullopt;
}

}  // namespace

class contract::document {
 public:
  explicit document(const std::string& file) : root(YAML::LoadFile(file)) {}

  [[nodiscard]] YAML::Node resolved(YAML::Node node) const {
    while (node["$ref"]) {
      YAML::Node at;
      at.reset(root);
      for (const std::string& part : segments_of(node["$ref"].Scalar().substr(1))) at.reset(at[part]);
      if (!at) throw std::runtime_error("no " + node["$ref"].Scalar());
      node.reset(at);
    }
    return node;
  }

  /// The pattern with the most literal segments.
  [[nodiscard]] std::optional<std::string> path_of(std::string_view target) const {
    std::optional<std::string> best;
    std::size_t most = 0;
    for (const auto& each : root["paths"]) {
      std::size_t literals = 0;
      if (!fits(each.first.Scalar(), target, literals) || (best && literals <= most)) continue;
      best = each.first.Scalar();
      most = literals;
    }
    return best;
  }

  [[nodiscard]] YAML::Node operation_at(const std::string& path, std::string method) const {
    std::ranges::transform(method, method.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (method == "head") method = "get";
    return root["paths"][path][method];
  }

  [[nodiscard]] std::string check(const YAML::Node& unresolved, const YAML::Node& value,
                                  const std::string& at) const {
    const YAML::Node schema = resolved(unresolved);
    const std::string type = type_of(value);
    if (schema["type"] && schema["type"].Scalar() != type) {
      return at + " is of type " + type + ", not " + schema["type"].Scalar();
    }
    if (schema["enum"] &&
        !std::any_of(schema["enum"].begin(), schema["enum"].end(),
                     [&](const YAML::Node& each) { return each.Scalar() == value.Scalar(); })) {
      return at + " is " + value.Scalar() + ", which is not in its enum";
    }
    if (schema["pattern"] && !std::regex_match(value.Scalar(), std::regex(schema["pattern"].Scalar()))) {
      return at + " is " + value.Scalar() + ", which does not match " + schema["pattern"].Scalar();
    }
    if (schema["minimum"] && value.as<double>() < schema["minimum"].as<double>()) return at + " is too small";
    if (schema["maximum"] && value.as<double>() > schema["maximum"].as<double>()) return at + " is too large";
    if (type == "array") return check_items(schema, value, at);
    return type == "object" ? check_members(schema, value, at) : "";
  }

  YAML::Node root;

 private:
  [[nodiscard]] std::string check_items(const YAML::Node& schema, const YAML::Node& value,
                                        const std::string& at) const {
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string wrong = check(schema["items"], value[i], at + '[' + std::to_string(i) + ']');
      if (!wrong.empty()) return wrong;
    }
    return "";
  }

  [[nodiscard]] std::string check_members(const YAML::Node& schema, const YAML::Node& value,
                                          const std::string& at) const {
    for (const auto& name : schema["required"]) {
      if (!value[name.Scalar()]) return at + " has no " + name.Scalar();
    }
    for (const auto& each : value) {
      const std::string name = each.first.Scalar();
      if (!schema["properties"][name]) return at + '.' + name + " is not in the contract";
      std::string wrong = check(schema["properties"][name], each.second, at + '.' + name);
      if (!wrong.empty()) return wrong;
    }
    return "";
  }
};

const contract& contract::of_this_repository() {
  static const contract loaded(SECKILL_SOURCE_DIR "/docs/reference/openapi.yaml");
  return loaded;
}

contract::contract(const std::string& file) : document_(std::make_unique<document>(file)) {}
contract::~contract() = default;

std::string contract::objection(std::string_view method, std::string_view target,
                                const http_response& got) const {
  const std::string what =
      std::string(method).append(" ").append(target) + " -> " + std::to_string(got.status);
  const bool by_http = std::ranges::find(http_statuses, got.status) != std::end(http_statuses);
  const auto path = document_->path_of(target);
  YAML::Node wanted;
  if (path) wanted.reset(document_->operation_at(*path, std::string(method)));
  if (!wanted || !wanted.IsMap()) {
    const bool told =
        got.status == 404 || got.status == 405 || (got.status == 401 && target.starts_with("/admin"));
    return told ? "" : what + ": there is no such operation in the contract";
  }
  const std::string status = std::to_string(got.status);
  const auto allowed = one_of(wanted["responses"], {status, by_http ? "default" : status});
  if (!allowed) return what + " is not in the contract";
  const YAML::Node response = document_->resolved(*allowed);
  if (!response["content"]) return got.body.empty() ? "" : what + " has a body, against the contract";
  const std::string type = got.field("content-type").substr(0, got.field("content-type").find(';'));
  const auto content = one_of(response["content"], {type, "*/*"});
  if (!content) return what + " is of type " + type + ", which is not in the contract";
  if (!(*content)["schema"] || method == "HEAD") return "";
  const std::string wrong = document_->check((*content)["schema"], YAML::Load(got.body), "body");
  return wrong.empty() ? "" : what + ": " + wrong + " in " + got.body;
}

std::string contract::objection_to(const std::string& schema, const std::string& json) const {
  return document_->check(document_->root["components"]["schemas"][schema], YAML::Load(json), schema);
}

std::set<contract::operation> contract::operations() const {
  std::set<operation> all;
  for (const auto& path : document_->root["paths"]) {
    for (const auto& each : path.second) {
      std::string method = each.first.Scalar();
      if (method == "parameters") continue;
      std::ranges::transform(method, method.begin(),
                             [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      all.emplace(method, path.first.Scalar());
    }
  }
  return all;
}

std::set<int> contract::statuses(const operation& of) const {
  std::set<int> all;
  for (const auto& each : document_->operation_at(of.second, of.first)["responses"]) {
    if (each.first.Scalar() != "default") all.insert(each.first.as<int>());
  }
  return all;
}

std::set<std::string> contract::values(const std::string& schema) const {
  std::set<std::string> all;
  for (const auto& each : document_->root["components"]["schemas"][schema]["enum"]) all.insert(each.Scalar());
  return all;
}

bool contract::needs_key(const operation& of) const {
  for (const auto& each : document_->operation_at(of.second, of.first)["parameters"]) {
    if (document_->resolved(each)["name"].Scalar() == "Idempotency-Key") return true;
  }
  return false;
}

bool contract::needs_operator(const operation& of) const {
  return document_->operation_at(of.second, of.first)["security"].IsDefined();
}

}  // namespace seckill::testing
