#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/invalidation_bus.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A bus between the nodes of one process: publish() calls the listeners. It is never lost.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<invalidation_bus> make_memory_invalidation_bus();

}  // namespace seckill::inline v1
