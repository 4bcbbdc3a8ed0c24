#pragma once

#include "tests/support/http_client.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill::testing {

/// docs/reference/openapi.yaml, for holding responses against it. Knows as much of OpenAPI and JSON Schema as that file
/// uses, and refuses the rest.
class contract {
 public:
  static const contract& of_this_repository();
  explicit contract(const std::string& file);
  ~contract();

  /// Why the file does not allow this response to this request; empty if it does.
  [[nodiscard]] std::string objection(std::string_view method, std::string_view target,
                                      const http_response& got) const;
  /// Why a JSON text is not of this schema; empty if it is.
  [[nodiscard]] std::string objection_to(const std::string& schema, const std::string& json) const;

  using operation = std::pair<std::string, std::string>;  ///< method in capitals, path with its {...}
  [[nodiscard]] std::set<operation> operations() const;
  /// The statuses that are written down for it, without those of `default`.
  [[nodiscard]] std::set<int> statuses(const operation& of) const;
  /// The values of an enum schema.
  [[nodiscard]] std::set<std::string> values(const std::string& schema) const;
  [[nodiscard]] bool needs_key(const operation& of) const;
  [[nodiscard]] bool needs_operator(const operation& of) const;

 private:
  class document;
  std::unique_ptr<document> document_;
};

}  // namespace seckill::testing
