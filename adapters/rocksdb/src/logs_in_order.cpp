#include "logs_in_order.hpp"

#include <filesystem>
#include <mutex>
#include <utility>

namespace seckill::inline v1 {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

struct logs_in_order::newest {
  std::mutex mutex;
  open_log* log = nullptr;  // null: none is open
};

class logs_in_order::open_log final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  open_log(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, std::shared_ptr<newest> of)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), newest_(std::move(of)) {}
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  ~open_log() override { leave(); }

  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    leave();
    return FSWritableFileOwnerWrapper::Close(options, debug);
  }

 private:
  void leave() {
    const std::lock_guard lock(newest_->mutex);
    if (newest_->log == this) newest_->log = nullptr;
  }

  std::string name_;
  std::shared_ptr<newest> newest_;
};

logs_in_order::logs_in_order(const std::shared_ptr<rocksdb::FileSystem>& below, inventory& of)
    : FileSystemWrapper(below), inventory_(of), newest_(std::make_shared<newest>()) {}
logs_in_order::~logs_in_order() = default;

IOStatus logs_in_order::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* into,
                                        IODebugContext* debug) {
  if (!name.ends_with(".log")) return FileSystemWrapper::NewWritableFile(name, options, into, debug);
  const std::lock_guard lock(newest_->mutex);
  if (newest_->log != nullptr) {
    const std::filesystem::path closed(newest_->log->name());
    if (auto synced = newest_->log->Sync(options.io_options, debug); !synced.ok()) return synced;
    auto noted = sync_directory(closed.parent_path());
    if (noted) noted = inventory_.log_closed(file_number(closed));
    if (!noted) return IOStatus::IOError(noted.error().text);
  }
  auto status = FileSystemWrapper::NewWritableFile(name, options, into, debug);
  if (!status.ok()) return status;
  auto begun = std::make_unique<open_log>(std::move(*into), name, newest_);
  newest_->log = begun.get();
  *into = std::move(begun);
  return status;
}

}  // namespace seckill::inline v1
