#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/ports/order_store.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace seckill::inline v1 {

/// The bounds of an order store on RocksDB.
struct rocksdb_order_store_params {
  std::string directory{};  ///< made if missing, parents too; of this store alone

  /// Orders that are kept in memory and in the write-ahead log before they move into a table file, in bytes.
  /// Up to four times as much memory is used while tables are written, and as much disk for the log.
  std::uint64_t write_buffer_bytes = 16U << 20U;
  std::uint64_t cache_bytes = 32U << 20U;  ///< of tables, in memory
  std::uint32_t open_files_max = 256;      ///< at least 16
};

/// Opens, or makes, an order store in a directory, with every guarantee of the port. After a failure of commit() or
/// sync() the next call closes the database and opens it again, in bounded time; until that works, for instance when a
/// full disk has room again, it fails as well, and reads go on as far as the disk allows. While it is opened again, reads
/// are answered errc::unavailable. Only if the disk lost commits that were acknowledged, the failure is permanent.
///
/// Errors: as open_rocksdb_journal().
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<order_store>> open_rocksdb_order_store(
    const rocksdb_order_store_params& params);

}  // namespace seckill::inline v1
