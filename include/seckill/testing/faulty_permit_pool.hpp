#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/permit_pool.hpp>
#include <seckill/testing/fault_script.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A permit pool that does what `inner` does, but for the faults of the script.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<permit_pool> make_faulty_permit_pool(
    std::unique_ptr<permit_pool> inner, std::shared_ptr<fault_script> script);

}  // namespace seckill::inline v1
