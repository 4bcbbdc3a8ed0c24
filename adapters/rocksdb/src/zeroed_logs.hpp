#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <string>

namespace seckill::inline v1 {

/// A file system on which RocksDB's write-ahead logs are written over zeros, and otherwise the one that it is given.
///
/// A file that grows changes its inode, so each sync of a growing log waits for the file system's own journal, and
/// with it for whatever other files have put there: tables, snapshots, another database. Here a log grows by steps of
/// zeros, of which it is made to consist before records are written over them. Between two steps a sync has nothing
/// but the records to bring to the disk.
///
/// What a crash can leave is other than of a log that is appended to: zeros behind the records, and in place of records
/// that were not synced even with later ones behind them. So a log is read up to the first record that was never
/// written, and nothing of it is changed. A log that is closed ends with its last record.
///
/// Threads: as the file system below, and a log can be synced beside its writer.
class zeroed_logs final : public rocksdb::FileSystemWrapper {
 public:
  /// How much a log grows at a time. Writes of half of it and more find no zeros: they would cost what they save.
  static constexpr std::uint64_t step_bytes = std::uint64_t{256} << 10U;

  explicit zeroed_logs(const std::shared_ptr<rocksdb::FileSystem>& below) : FileSystemWrapper(below) {}
  [[nodiscard]] const char* Name() const override { return "seckill_zeroed_logs"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* into,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* into,
                                      rocksdb::IODebugContext* debug) override;
};

}  // namespace seckill::inline v1
