#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/lease_store.hpp>
#include <seckill/testing/fault_script.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A lease store that does what `inner` does, but for the faults of the script.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<lease_store> make_faulty_lease_store(
    std::unique_ptr<lease_store> inner, std::shared_ptr<fault_script> script);

}  // namespace seckill::inline v1
