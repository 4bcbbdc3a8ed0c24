#pragma once

#include <seckill/policy/load_rules.hpp>
#include <seckill/policy/membership_filter.hpp>
#include <seckill/policy/near_cache.hpp>
#include <seckill/policy/single_flight.hpp>
#include <seckill/ports/cache_store.hpp>
#include <seckill/ports/executor.hpp>
#include <seckill/ports/invalidation_bus.hpp>
#include <seckill/ports/record_source.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace seckill::inline v1 {

/// A record as it is handed out: shared, never changed.
using record_ptr = std::shared_ptr<const stored_record>;
/// The first level: what this process keeps by itself.
using local_records = near_cache<std::string, record_ptr>;

/// What a storage is made of. Null where it may be: that level is left out.
struct storage_levels {
  std::shared_ptr<record_source> source{};  ///< the truth; never null
  executor* work =
      nullptr;  ///< where source, shared cache and bus are called; never null, outlives the storage
  std::shared_ptr<local_records> local{};       ///< may be null
  std::shared_ptr<cache_store> shared{};        ///< may be null
  std::shared_ptr<invalidation_bus> bus{};      ///< null: one node, or nodes that agree within the local ttl
  std::shared_ptr<membership_filter> filter{};  ///< null: every key may exist. Of key_hash(key)
};

struct storage_params {
  /// What can be a key at all; others are absent. Null: everything of 1 to 512 bytes. It must not throw nor block.
  bool (*accepts)(std::string_view key) noexcept = nullptr;
  /// What a record weighs in the local cache. Null: 1.
  std::uint32_t (*weigh)(std::string_view key, const stored_record& what) noexcept = nullptr;
  time_ns shared_ttl_ns = 600 * ns_per_s;        ///< in the shared cache
  time_ns shared_absent_ttl_ns = 60 * ns_per_s;  ///< the same for absence
  double shared_ttl_jitter = 0.1;                ///< share by which both are varied, up or down: 0 to 0.5
  time_ns write_hold_ns = 5 * ns_per_s;          ///< longer than a write to the source can take
  load_rules loads{};
  single_flight_params flights{};
  std::size_t batch_max = 128;                 ///< keys that are asked for in one round trip
  time_ns publish_again_ns = 100 * ns_per_ms;  ///< after a failed publication
  std::uint64_t seed = 0x9e3779b97f4a7c15;     ///< of the jitter; make it random in production
};

/// Since the start; a snapshot that is not taken at one instant.
struct storage_stats {
  std::uint64_t refused_ids = 0;      ///< not accepted as a key
  std::uint64_t filtered = 0;         ///< absent by the filter
  std::uint64_t source_loads = 0;     ///< keys asked of the source
  std::uint64_t shared_hits = 0;      ///< keys answered by the shared cache, absence too
  std::uint64_t waits = 0;            ///< times that a key was asked again because another node loads it
  std::uint64_t refreshes = 0;        ///< loads while the old value was served
  std::uint64_t stale_served = 0;     ///< loads that failed and were answered with an old value
  std::uint64_t timed_out = 0;        ///< reads whose deadline passed
  std::uint64_t source_failures = 0;  ///< calls, of loads and writes
  std::uint64_t shared_failures = 0;
  std::uint64_t bus_failures = 0;
  std::uint64_t local_flushes = 0;  ///< because news may have been lost
};

}  // namespace seckill::inline v1
