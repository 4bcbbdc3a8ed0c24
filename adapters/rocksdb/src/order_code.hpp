#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/order.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace seckill::inline v1 {

/// The stored form of an order: 72 bytes, 8 for each line, and the payment. Its first byte is the form's version.
[[nodiscard]] SECKILL_EXPORT std::string encode_order(const order& what);

/// Safe on any input. Errors: errc::corrupt_data; errc::version_unsupported.
[[nodiscard]] SECKILL_EXPORT result<order> decode_order(std::span<const std::byte> bytes);

}  // namespace seckill::inline v1
