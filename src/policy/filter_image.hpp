#pragma once

#include <seckill/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

// How filters are stored: 8 bytes of name, then little-endian 64-bit words: version, two of the filter's own,
// the size of the body, XXH64 of body and the words before (as seed); then the body.
struct filter_image {
  static constexpr std::uint64_t version = 1;

  std::array<std::uint64_t, 2> fields{};
  std::span<const std::byte> body;

  [[nodiscard]] std::vector<std::byte> write(std::string_view name) const;
  // The body stays in `image`. Errors: errc::corrupt_data, errc::version_unsupported.
  [[nodiscard]] static result<filter_image> read(std::string_view name, std::span<const std::byte> image);
};

}  // namespace seckill::inline v1
