#include "counted_files.hpp"

#include <atomic>
#include <filesystem>
#include <utility>

namespace seckill::inline v1 {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// The manifest that is being written. It counts from when CURRENT names it.
struct counted_files::newest {
  std::atomic<std::uint64_t> number{0};
  std::atomic<std::uint64_t> synced_bytes{0};
  std::atomic<bool> current{false};
};

namespace {

IOStatus to_status(const result<void>& done) {
  if (done) return IOStatus::OK();
  return done.error().code == errc::storage_full ? IOStatus::NoSpace(done.error().text)
                                                 : IOStatus::IOError(done.error().text);
}

}  // namespace

class counted_files::open_manifest final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  open_manifest(std::unique_ptr<rocksdb::FSWritableFile> file, std::uint64_t number, inventory& into,
                std::shared_ptr<newest> state)
      : FSWritableFileOwnerWrapper(std::move(file)),
        number_(number),
        inventory_(into),
        newest_(std::move(state)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    if (status.ok()) bytes_ += data.size();
    return status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Sync(options, debug);
    return status.ok() ? synced() : status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    auto status = FSWritableFileOwnerWrapper::Fsync(options, debug);
    return status.ok() ? synced() : status;
  }

 private:
  IOStatus synced() {
    if (newest_->number != number_) return IOStatus::OK();
    newest_->synced_bytes = bytes_;
    if (!newest_->current) return IOStatus::OK();
    return to_status(inventory_.manifest_synced(number_, bytes_));
  }

  std::uint64_t number_;
  inventory& inventory_;
  std::shared_ptr<newest> newest_;
  std::uint64_t bytes_ = 0;
};

counted_files::counted_files(const std::shared_ptr<rocksdb::FileSystem>& below, inventory& of)
    : FileSystemWrapper(below), inventory_(of), newest_(std::make_shared<newest>()) {}
counted_files::~counted_files() = default;

IOStatus counted_files::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* into,
                                        IODebugContext* debug) {
  auto status = FileSystemWrapper::NewWritableFile(name, options, into, debug);
  const std::filesystem::path path(name);
  if (!status.ok() || !path.filename().string().starts_with("MANIFEST-")) return status;
  newest_->current = false;
  newest_->synced_bytes = 0;
  newest_->number = file_number(path);
  *into = std::make_unique<open_manifest>(std::move(*into), newest_->number, inventory_, newest_);
  return status;
}

IOStatus counted_files::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                   IODebugContext* debug) {
  auto status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok() || std::filesystem::path(to).filename() != "CURRENT") return status;
  if (newest_->number == 0 || newest_->synced_bytes == 0) return status;
  // The inventory must not reach the disk before the name does.
  if (auto synced = sync_directory(std::filesystem::path(to).parent_path()); !synced)
    return to_status(synced);
  newest_->current = true;
  return to_status(inventory_.manifest_synced(newest_->number, newest_->synced_bytes));
}

IOStatus counted_files::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* debug) {
  if (name.ends_with(".log"))
    if (auto noted = inventory_.log_dropped(file_number(name)); !noted) return to_status(noted);
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

}  // namespace seckill::inline v1
