#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/memory/order_image.hpp>
#include <seckill/ports/order_store.hpp>

#include <memory>

namespace seckill::inline v1 {

/// Orders in memory: for tests and for trying things out. It keeps all guarantees of the port, with `image`
/// as its disk; memory grows with the orders, about 600 bytes each. Errors: errc::already_open if another
/// store uses the image.
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<order_store>> open_memory_order_store(
    std::shared_ptr<order_image> image = std::make_shared<order_image>());

}  // namespace seckill::inline v1
