#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/cache_store.hpp>

#include <cstddef>
#include <memory>

namespace seckill::inline v1 {

struct memory_cache_params {
  std::size_t keys_max = 65'536;  ///< with an entry, a lease or a hold; entries go when room is needed
  time_ns lease_interval_ns =
      3'000'000'000;  ///< a lease that is not used by then is handed to the next asker
};

/// A shared cache for the nodes of one process: for tests, and for trying it out. Its only clock is what it is told.
/// Without room for a hold, begin_write() is errc::unavailable. Throws std::invalid_argument that names the parameter.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<cache_store> make_memory_cache_store(
    const memory_cache_params& params = {});

}  // namespace seckill::inline v1
