#include "database.hpp"

#include "logs_in_order.hpp"
#include "zeroed_logs.hpp"

#include <rocksdb/listener.h>

#include <bit>
#include <cstdarg>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <system_error>
#include <utility>

namespace seckill::inline v1 {
namespace {

namespace fs = std::filesystem;

// After a crash of the process the end of the log may be in the page cache only, and RocksDB goes on in a new
// log without ever syncing the old one: a crash of the machine could then leave a hole. So it is synced
// first.
rocksdb::Status sync_logs(rocksdb::Env& env, const fs::path& directory) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    if (entry.path().extension() != ".log") continue;
    std::unique_ptr<rocksdb::WritableFile> log;
    auto status = env.ReopenWritableFile(entry.path().string(), &log, rocksdb::EnvOptions());
    if (status.ok()) status = log->Sync();
    if (status.ok()) status = log->Close();
    if (!status.ok()) return status;
  }
  return rocksdb::Status::OK();
}

std::string lost_text(const fs::path& directory, std::uint64_t reach, std::uint64_t mark) {
  return directory.string() + ": what is stored ends at " + std::to_string(reach) + ", but " +
         std::to_string(mark) +
         " was synced: the disk or someone lost it. Nothing of it was removed. Restore the "
         "directory from a copy; or, to go on without what is lost, delete " +
         (directory / "synced").string();
}

// RocksDB's own threads: what they write has been answered long ago, so they give way to those who wait for an answer.
// A thread cannot raise itself again, so they stay so, whoever else they work for.
class background_manners final : public rocksdb::EventListener {
 public:
  void OnFlushBegin(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { give_way(); }
  void OnCompactionBegin(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { give_way(); }
  // RocksDB would wait for free space on a thread of its own and go on at a time of its choice.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  // On Linux the nice value belongs to the calling thread. A hint: without it all is as correct.
  static void give_way() noexcept { ::setpriority(PRIO_PROCESS, 0, 10); }
};

// RocksDB would log into the directory, and abort the process at the first line after one that a full disk refused.
// What matters of it comes as a status.
class no_log final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

rocksdb::Status database::open_db(const layout& how, rocksdb::WALRecoveryMode mode, bool read_only) {
  rocksdb::DBOptions options = how.options;
  options.env = env_.get();
  options.wal_recovery_mode = mode;
  // A damaged log must not stay: it is replaced by tables that hold what could be read of it.
  options.avoid_flush_during_recovery = mode == rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  rocksdb::DB* opened = nullptr;
  const std::string path = directory_.database().string();
  const rocksdb::Status status =
      read_only ? rocksdb::DB::OpenForReadOnly(options, path, how.families, &families_, &opened)
                : rocksdb::DB::Open(options, path, how.families, &families_, &opened);
  db_.reset(opened);
  return status;
}

// RocksDB found damage in the log. If everything that was synced lies before it, it is the tail that a crash
// of the machine tore off; this is found out without changing anything.
result<void> database::open_damaged(const layout& how, const rocksdb::Status& damage) {
  using rocksdb::WALRecoveryMode;
  if (const auto looked = open_db(how, WALRecoveryMode::kPointInTimeRecovery, true); !looked.ok())
    return failed(damage, access::reading, "opening");
  const result<std::uint64_t> reach = how.reach(*this);
  close();
  if (!reach) return reach.error();
  const std::uint64_t mark = directory_.synced().value();
  if (*reach < mark)
    return make_error(errc::corrupt_data,
                      lost_text(directory_.path(), *reach, mark) + " (" + damage.ToString() + ")");
  if (const auto opened = open_db(how, WALRecoveryMode::kPointInTimeRecovery, false); !opened.ok())
    return failed(opened, access::reading, "opening");
  return {};
}

result<std::unique_ptr<database>> database::open(data_directory directory, const layout& how) {
  auto opened = std::make_unique<database>();
  opened->directory_ = std::move(directory);
  std::shared_ptr<rocksdb::FileSystem> files = how.options.env->GetFileSystem();
  if (how.zeroed_logs) files = std::make_shared<zeroed_logs>(files);
  opened->env_ = rocksdb::NewCompositeEnv(std::make_shared<logs_in_order>(files));
  if (auto made = make_directory(opened->directory_.database()); !made) return made.error();
  if (const auto synced = sync_logs(*how.options.env, opened->directory_.database()); !synced.ok())
    return opened->failed(synced, access::writing, "syncing its logs");

  const rocksdb::Status status =
      opened->open_db(how, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords, false);
  if (status.IsCorruption()) {
    if (auto done = opened->open_damaged(how, status); !done) return done.error();
  } else if (!status.ok()) {
    return opened->failed(status, access::writing, "opening");
  }

  const result<std::uint64_t> reach = how.reach(*opened);
  if (!reach) return reach.error();
  synced_mark& mark = opened->directory_.synced();
  if (*reach < mark.value())
    return make_error(errc::missing_data, lost_text(opened->directory_.path(), *reach, mark.value()));
  if (auto raised = mark.raise(*reach); !raised) return raised.error();
  return opened;
}

database::~database() { close(); }

void database::close() {
  if (!db_) return;
  for (rocksdb::ColumnFamilyHandle* each : families_) db_->DestroyColumnFamilyHandle(each);
  families_.clear();
  db_->Close();
  db_.reset();
}

result<void> database::sync(std::uint64_t reach) {
  if (const rocksdb::Status status = db_->SyncWAL(); !status.ok())
    return failed(status, access::writing, "syncing");
  return directory_.synced().raise(reach);
}

rocksdb::DBOptions database_options(rocksdb::Env* env, std::uint32_t open_files_max,
                                    std::uint64_t log_bytes_max) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_open_files = static_cast<int>(open_files_max);
  options.max_total_wal_size = log_bytes_max;
  options.allow_concurrent_memtable_write = false;  // one writer
  options.max_background_jobs = 2;
  options.bytes_per_sync = std::uint64_t{1} << 20U;  // tables reach the disk evenly, not all at their end
  options.avoid_unnecessary_blocking_io = true;
  // Before its buffers are full RocksDB would slow writers down to 16 MB/s; being full is brake enough.
  options.delayed_write_rate = std::uint64_t{1} << 30U;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::make_shared<no_log>();
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::make_shared<background_manners>());
  return options;
}

std::string big_endian(std::uint64_t number) {
  static_assert(std::endian::native == std::endian::little);
  const std::uint64_t swapped = __builtin_bswap64(number);
  std::string key(sizeof swapped, '\0');
  std::memcpy(key.data(), &swapped, sizeof swapped);
  return key;
}

std::uint64_t from_big_endian(const rocksdb::Slice& key) noexcept {
  std::uint64_t swapped = 0;
  std::memcpy(&swapped, key.data(), std::min(key.size(), sizeof swapped));
  return __builtin_bswap64(swapped);
}

}  // namespace seckill::inline v1
