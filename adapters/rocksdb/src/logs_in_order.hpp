#pragma once

#include "inventory.hpp"

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace seckill::inline v1 {

/// A file system on which a write-ahead log is begun only when the one before it is on the disk, and otherwise the one
/// that it is given.
///
/// RocksDB goes on in a new log while the old one's table is written, and syncs neither until it is told to. A crash of
/// the machine may leave the new log's records and lose the old one's; RocksDB reads on, and there is a hole: frames
/// that are missing in the middle, or orders behind a position that says they are there. With this, what a crash leaves
/// is a prefix of what was written.
///
/// A log that is closed so is noted in the inventory.
///
/// Cost: two syncs for each log. Threads: as the file system below; logs are begun one at a time.
class logs_in_order final : public rocksdb::FileSystemWrapper {
 public:
  /// The inventory must outlive it.
  logs_in_order(const std::shared_ptr<rocksdb::FileSystem>& below, inventory& of);
  ~logs_in_order() override;
  [[nodiscard]] const char* Name() const override { return "seckill_logs_in_order"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* into,
                                    rocksdb::IODebugContext* debug) override;

 private:
  class open_log;
  struct newest;

  inventory& inventory_;
  std::shared_ptr<newest> newest_;
};

}  // namespace seckill::inline v1
