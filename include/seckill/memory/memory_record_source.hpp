#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/record_source.hpp>

#include <cstddef>
#include <memory>

namespace seckill::inline v1 {

struct memory_record_params {
  std::size_t records_max = 1'000'000;  ///< beyond it a create is errc::storage_full
};

/// Records for as long as the object lives: for tests, and for what needs no database.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<record_source> make_memory_record_source(
    const memory_record_params& params = {});

}  // namespace seckill::inline v1
