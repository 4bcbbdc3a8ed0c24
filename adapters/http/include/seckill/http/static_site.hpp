#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace seckill::inline v1 {

namespace http {
class site;
}  // namespace http

/// What a site's directory may hold.
struct static_site_params {
  std::string directory{};
  std::uint32_t files_max = 1'000;
  std::uint32_t file_size_max = 4 * 1'024 * 1'024;    ///< bytes
  std::uint32_t total_size_max = 64 * 1'024 * 1'024;  ///< bytes, all files together: they are kept in memory
};

/// The pages of a shop, read once and served from memory, made to stand behind a CDN.
///
/// - `index.html`, `sale.html` and `operator.html` are served at `/`, `/sale/{id}` and `/operator`, cached for a second;
///   `{{asset:NAME}}` in them becomes the address of that file.
/// - `buy.js` is gated: `/sale/{id}/opening` tells its address, and it is served, from the opening of that sale on; both
///   answer 425 before. Its address stands in no page.
/// - Every other file is an asset at `/assets/<stem>.<hash of its bytes>.<extension>`, cacheable for ever; assets may
///   refer to other assets in the same way.
///
/// Immutable. Threads: any.
class SECKILL_EXPORT static_site {
 public:
  /// Errors: errc::invalid_argument naming the file and what is wrong with it (size, unknown type, a reference to
  /// nothing, to itself or to the gated script); errc::read_failed.
  [[nodiscard]] static result<static_site> load(const static_site_params& params);
  static_site(static_site&&) noexcept;
  static_site& operator=(static_site&&) noexcept;
  ~static_site();

  /// For the server.
  [[nodiscard]] const http::site& contents() const noexcept { return *contents_; }

 private:
  explicit static_site(std::unique_ptr<http::site> contents);
  std::unique_ptr<http::site> contents_;
};

}  // namespace seckill::inline v1
