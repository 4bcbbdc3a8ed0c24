#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace seckill::testing {

/// The machine's file system, below RocksDB, that knows what was synced and can run full or fail.
///
/// What is written without a sync is lost with the machine: the file ends where it did, and what was written over zeros
/// is zeros again. Names are taken to be durable at once.
/// Threads: any.
class crash_file_system final : public rocksdb::FileSystemWrapper {
 public:
  crash_file_system() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "crash_file_system"; }

  /// How many more bytes the disk takes.
  std::atomic<std::int64_t> bytes_left{std::numeric_limits<std::int64_t>::max()};
  std::atomic<bool> sync_fails{false};
  /// While it is set, nobody gets to make a table, so that logs stay. To be notified when it is cleared.
  std::atomic<bool> holds_tables{false};

  /// Decides how much of the bytes that a file was given since its last sync, at most as many as it is told, reached
  /// the disk all the same.
  using lot = std::function<std::uint64_t(const std::filesystem::path& file, std::uint64_t most)>;

  /// Copies a directory as a crash of the process leaves it; of the machine: without what was not synced, except
  /// for what the lot spares, which of two files may be that of the later one.
  void copy_after_crash(
      const std::filesystem::path& from, const std::filesystem::path& to, bool machine,
      const lot& spared = [](const std::filesystem::path&, std::uint64_t) { return 0; }) {
    namespace fs = std::filesystem;
    const std::lock_guard lock(mutex_);
    fs::copy(from, to, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(to)) {
      const auto found = files_.find((from / entry.path().lexically_relative(to)).string());
      if (found == files_.end()) continue;
      if (machine) lose_unsynced(entry.path(), found->second, spared);
      files_[entry.path().string()] = {
          entry.file_size(), machine ? entry.file_size() : found->second.synced, {}};
    }
  }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* into,
                                    rocksdb::IODebugContext* debug) override {
    if (name.ends_with(".sst")) holds_tables.wait(true);
    auto status = target()->NewWritableFile(name, options, into, debug);
    if (status.ok()) track(name, {}, into);
    return status;
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* into,
                                       rocksdb::IODebugContext* debug) override {
    auto status = target()->ReopenWritableFile(name, options, into, debug);
    if (!status.ok()) return status;
    track(name, known(name), into);
    return status;
  }
  rocksdb::IOStatus NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* into,
                                    rocksdb::IODebugContext* debug) override {
    auto status = target()->NewRandomRWFile(name, options, into, debug);
    if (status.ok()) *into = std::make_unique<overwritten_file>(std::move(*into), name, *this);
    return status;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(mutex_);  // a copy must find every name that it has listed
    auto status = target()->RenameFile(from, to, options, debug);
    if (status.ok() && files_.contains(from)) {
      files_[to] = files_[from];
      files_.erase(from);
    }
    return status;
  }
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    const std::lock_guard lock(mutex_);
    return target()->DeleteFile(name, options, debug);
  }

 private:
  struct extent {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> overwritten;  // since the sync: from, to
  };

  static void lose_unsynced(const std::filesystem::path& file, const extent& known, const lot& spared) {
    const std::uint64_t whole = std::filesystem::file_size(file);
    const std::uint64_t safe = std::min(known.synced, whole);
    const std::uint64_t left = safe + spared(file, whole - safe);
    std::filesystem::resize_file(file, left);
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    for (const auto& [from, to] : known.overwritten) {
      const std::uint64_t kept = from + spared(file, to - from);
      if (kept >= left) continue;
      bytes.seekp(static_cast<std::streamoff>(kept));
      bytes << std::string(std::min(to, left) - kept, '\0');
    }
  }

  bool takes(const rocksdb::Slice& data) {
    const auto size = static_cast<std::int64_t>(data.size());
    return bytes_left.fetch_sub(size) >= size;
  }
  rocksdb::IOStatus synced(const std::string& name, rocksdb::IOStatus status) {
    if (sync_fails) return rocksdb::IOStatus::IOError("the test's disk does not sync");
    const std::lock_guard lock(mutex_);
    extent& known = files_[name];
    if (status.ok()) known = {known.size, known.size, {}};
    return status;
  }

  class file final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    file(std::unique_ptr<rocksdb::FSWritableFile> inner, std::string name, crash_file_system& disk)
        : rocksdb::FSWritableFileOwnerWrapper(std::move(inner)), name_(std::move(name)), disk_(disk) {}

    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (!disk_.takes(data)) return rocksdb::IOStatus::NoSpace("the test's disk is full");
      auto status = rocksdb::FSWritableFileOwnerWrapper::Append(data, options, debug);
      const std::lock_guard lock(disk_.mutex_);
      if (status.ok()) disk_.files_[name_].size += data.size();
      return status;
    }
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    rocksdb::IOStatus Truncate(std::uint64_t size, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
      auto status = rocksdb::FSWritableFileOwnerWrapper::Truncate(size, options, debug);
      const std::lock_guard lock(disk_.mutex_);
      if (status.ok()) disk_.files_[name_].size = size;
      return status;
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return disk_.synced(name_, rocksdb::FSWritableFileOwnerWrapper::Sync(options, debug));
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return disk_.synced(name_, rocksdb::FSWritableFileOwnerWrapper::Fsync(options, debug));
    }

   private:
    std::string name_;
    crash_file_system& disk_;
  };

  class overwritten_file final : public rocksdb::FSRandomRWFileOwnerWrapper {
   public:
    overwritten_file(std::unique_ptr<rocksdb::FSRandomRWFile> inner, std::string name,
                     crash_file_system& disk)
        : rocksdb::FSRandomRWFileOwnerWrapper(std::move(inner)), name_(std::move(name)), disk_(disk) {}

    rocksdb::IOStatus Write(std::uint64_t offset, const rocksdb::Slice& data,
                            const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      if (!disk_.takes(data)) return rocksdb::IOStatus::NoSpace("the test's disk is full");
      auto status = rocksdb::FSRandomRWFileOwnerWrapper::Write(offset, data, options, debug);
      const std::lock_guard lock(disk_.mutex_);
      extent& known = disk_.files_[name_];
      known.size = std::max<std::uint64_t>(known.size, offset + data.size());
      known.overwritten.emplace_back(offset, offset + data.size());
      return status;
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return disk_.synced(name_, rocksdb::FSRandomRWFileOwnerWrapper::Sync(options, debug));
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return disk_.synced(name_, rocksdb::FSRandomRWFileOwnerWrapper::Fsync(options, debug));
    }

   private:
    std::string name_;
    crash_file_system& disk_;
  };

  extent known(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(name);
    if (found != files_.end()) return found->second;
    const std::uint64_t size = std::filesystem::file_size(name);
    return {size, size, {}};
  }

  void track(const std::string& name, extent start, std::unique_ptr<rocksdb::FSWritableFile>* opened) {
    const std::lock_guard lock(mutex_);
    files_[name] = start;
    *opened = std::make_unique<file>(std::move(*opened), name, *this);
  }

  std::mutex mutex_;
  std::map<std::string, extent> files_;
};

}  // namespace seckill::testing
