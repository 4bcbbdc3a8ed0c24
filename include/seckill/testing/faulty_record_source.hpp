#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/record_source.hpp>
#include <seckill/testing/fault_script.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A record source that does what `inner` does, but for the faults of the script.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<record_source> make_faulty_record_source(
    std::unique_ptr<record_source> inner, std::shared_ptr<fault_script> script);

}  // namespace seckill::inline v1
