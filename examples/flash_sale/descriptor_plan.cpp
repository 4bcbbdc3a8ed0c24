#include "descriptor_plan.hpp"

#include <algorithm>
#include <string>

namespace flash_sale {

using seckill::errc;
using seckill::make_error;
using seckill::result;

namespace {

// Standard streams, listeners, log, pages while they are read, the demo's payments.
constexpr std::uint64_t fixed = 24;
// Of each event loop: its queues and timers.
constexpr std::uint64_t per_io_thread = 6;
// Of each database besides tables: logs, manifest, locks, directories, snapshots, what flushes and compactions write.
constexpr std::uint64_t per_database = 24;
constexpr std::uint64_t tables_min = 32;
constexpr std::uint64_t journal_tables_max = 64;
constexpr std::uint64_t order_tables_max = 256;
constexpr std::uint64_t connections_min = 16;
constexpr std::uint64_t reserved_min = 4;
constexpr std::uint64_t reserved_max = 32;
constexpr std::uint64_t admin_min = 4;

std::uint32_t narrow(std::uint64_t number) { return static_cast<std::uint32_t>(number); }

}  // namespace

result<descriptor_plan> plan_descriptors(std::uint64_t limit, const descriptor_needs& needs) {
  const std::uint64_t databases = std::uint64_t{needs.shards} + 1;
  const std::uint64_t base = fixed + per_io_thread * needs.io_threads;
  // The reserve counts twice: those of one turn come on top before the older ones go.
  const std::uint64_t least = base + databases * (per_database + tables_min) + 2 * reserved_min +
                              std::min<std::uint64_t>(admin_min, needs.admin_connections_max) +
                              std::min<std::uint64_t>(connections_min, needs.connections_max);
  if (limit < least) {
    return make_error(errc::invalid_argument,
                      "only " + std::to_string(limit) + " files may be open at a time, and " +
                          std::to_string(needs.shards) + " shards need " + std::to_string(least) +
                          " at least. Raise the hard limit (ulimit -Hn " + std::to_string(least) +
                          ", LimitNOFILE= of systemd, --ulimit nofile= of Docker), or lower --shards");
  }
  // Of what is above the least a third is for storage, within its bounds, and a little for the reserves; clients have
  // the rest.
  const std::uint64_t extra = limit - least;
  const std::uint64_t tables = tables_min + extra / 3 / databases;
  const std::uint64_t journal_tables = std::min(tables, journal_tables_max);
  const std::uint64_t order_tables = std::min(tables, order_tables_max);
  const std::uint64_t reserved = std::min(reserved_min + extra / 32, reserved_max);
  const std::uint64_t admin = std::min<std::uint64_t>(admin_min + extra / 32, needs.admin_connections_max);
  const std::uint64_t taken =
      base + databases * per_database + needs.shards * journal_tables + order_tables + 2 * reserved + admin;
  return descriptor_plan{
      .connections_max = narrow(std::min<std::uint64_t>(needs.connections_max, limit - taken)),
      .connections_reserved = narrow(reserved),
      .admin_connections_max = narrow(admin),
      .journal_files_max = narrow(journal_tables),
      .order_files_max = narrow(order_tables)};
}

}  // namespace flash_sale
