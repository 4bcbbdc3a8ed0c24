#pragma once

#include "response.hpp"
#include "route.hpp"
#include <seckill/error.hpp>
#include <seckill/sale.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// A file as it is served.
struct site_file {
  std::string bytes;
  std::string_view type;  ///< Content-Type; static
  std::string etag;       ///< with its quotes
};

/// The files of a static site under their addresses: sans-I/O. See static_site for the rules.
class site {
 public:
  /// From names to bytes. Errors: errc::invalid_argument naming the file.
  [[nodiscard]] static result<site> make(const std::map<std::string, std::string, std::less<>>& files);

  /// Answers a page or an asset. `file` is the last segment of an asset's address.
  void serve(text_response& into, route which, std::string_view file, const preconditions& conditions) const;

  /// Answers /sale/{id}/opening and /sale/{id}/{file}, at `now`. REQUIRES: the sale exists.
  void serve_gated(text_response& into, route which, std::string_view file, const preconditions& conditions,
                   sale_id sale, time_ms opens_at, time_ms now) const;

 private:
  class maker;

  static constexpr std::string_view gated_source = "buy.js";

  std::map<std::string, site_file, std::less<>> pages_;   ///< by name: "index.html"
  std::map<std::string, site_file, std::less<>> assets_;  ///< by the last segment: "app.<hash>.css"
  std::string gated_name_;                                ///< "buy.<hash>.js"; empty: there is none
  site_file gated_;
};

}  // namespace seckill::inline v1::http
