#pragma once

#include <seckill/error.hpp>

#include <cstdint>

namespace flash_sale {

/// What asks for descriptors.
struct descriptor_needs {
  std::uint32_t connections_max = 0;
  std::uint32_t admin_connections_max = 0;  ///< 0: there is no second listener
  std::uint32_t io_threads = 1;
  std::uint32_t shards = 1;
};

/// Who may take how many.
struct descriptor_plan {
  std::uint32_t connections_max = 0;       ///< as asked for, or as many as there is room for
  std::uint32_t connections_reserved = 0;  ///< for probes and operators
  std::uint32_t admin_connections_max = 0;
  std::uint32_t journal_files_max = 0;  ///< tables of each journal that are open at a time
  std::uint32_t order_files_max = 0;    ///< likewise of the orders
};

/// Divides `limit` descriptors so that connections can never take what storage needs: a journal that finds none fails.
/// Pure. Errors: errc::invalid_argument, with the least limit that works, if storage and a few connections do not fit.
[[nodiscard]] seckill::result<descriptor_plan> plan_descriptors(std::uint64_t limit,
                                                                const descriptor_needs& needs);

}  // namespace flash_sale
