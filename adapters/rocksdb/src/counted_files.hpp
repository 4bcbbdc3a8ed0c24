#pragma once

#include "inventory.hpp"

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace seckill::inline v1 {

/// A file system that keeps the inventory of the database on it, and otherwise the one that it is given. The inventory
/// must outlive it. Threads: as the file system below.
class counted_files final : public rocksdb::FileSystemWrapper {
 public:
  counted_files(const std::shared_ptr<rocksdb::FileSystem>& below, inventory& of);
  ~counted_files() override;
  [[nodiscard]] const char* Name() const override { return "seckill_counted_files"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* into,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class open_manifest;
  struct newest;

  inventory& inventory_;
  std::shared_ptr<newest> newest_;
};

}  // namespace seckill::inline v1
