#pragma once

#include "tests/simulation/workload.hpp"
#include <seckill/ports/journal.hpp>
#include <seckill/ports/order_store.hpp>

#include <memory>
#include <string>

namespace seckill::testing {

/// The disks below a simulated shard. Threads: one at a time.
class simulated_storage {
 public:
  virtual ~simulated_storage() = default;
  [[nodiscard]] virtual result<std::unique_ptr<journal>> open_journal() = 0;
  [[nodiscard]] virtual result<std::unique_ptr<order_store>> open_orders() = 0;

  /// What a crash at this moment leaves, to be opened instead. Of the machine: what was synced, and by lot some of
  /// what was only written.
  struct remains {
    std::unique_ptr<simulated_storage> left;
    bool torn = false;  // a frame was left in part
  };
  [[nodiscard]] virtual remains after_crash(bool machine, workload& random) = 0;

  /// A copy of what is safely stored in which something was damaged by lot; null if there is too little to damage.
  struct damaged {
    std::unique_ptr<simulated_storage> copy;
    std::string what;
    bool in_snapshot = false;
    bool in_last_frame = false;  // which cannot be told from a torn one, unless somebody has seen its events
  };
  [[nodiscard]] virtual damaged after_damage(workload& random) = 0;
};

/// Disks in memory.
[[nodiscard]] std::unique_ptr<simulated_storage> make_memory_storage();

/// RocksDB on a real disk, below which what was not synced is lost or torn. It is damaged by crashes alone. RocksDB's own
/// threads are not the simulator's, so a seed repeats what is asked of it, and not always what a crash leaves.
/// Linked only where the adapter is built.
[[nodiscard]] std::unique_ptr<simulated_storage> make_rocksdb_storage();

/// What a simulation runs on.
using storage_maker = std::unique_ptr<simulated_storage> (*)();

}  // namespace seckill::testing
