#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/journal.hpp>
#include <seckill/testing/fault_script.hpp>

#include <memory>

namespace seckill::inline v1 {

/// A journal that does what `inner` does, but for the faults of the script. It keeps the port's guarantees:
/// after a failed append or sync both fail until it is opened anew (wrap the inner journal again).
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<journal> make_faulty_journal(
    std::unique_ptr<journal> inner, std::shared_ptr<fault_script> script);

}  // namespace seckill::inline v1
