#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/cache_store.hpp>
#include <seckill/testing/fault_script.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A shared cache that does what `inner` does, but for the faults of the script.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<cache_store> make_faulty_cache_store(
    std::unique_ptr<cache_store> inner, std::shared_ptr<fault_script> script);

}  // namespace seckill::inline v1
