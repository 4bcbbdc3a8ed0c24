#include "database.hpp"

#include "counted_files.hpp"
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

bool is_table_or_log(const fs::directory_entry& entry) {
  if (entry.path().extension() == ".sst") return true;
  std::error_code failed;
  return entry.path().extension() == ".log" && entry.file_size(failed) > 0;
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

rocksdb::Status database::open_db(rocksdb::WALRecoveryMode mode, purpose what) {
  rocksdb::DBOptions options = how_.options;
  options.env = env_.get();
  options.wal_recovery_mode = mode;
  // A log that is damaged, or whose writes have failed, must not stay: tables that hold what could be read replace it.
  options.avoid_flush_during_recovery =
      what != purpose::healing && mode == rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  rocksdb::DB* opened = nullptr;
  const std::string path = directory_.database().string();
  const rocksdb::Status status =
      what == purpose::reading
          ? rocksdb::DB::OpenForReadOnly(options, path, how_.families, &families_, &opened)
          : rocksdb::DB::Open(options, path, how_.families, &families_, &opened);
  db_.reset(opened);
  return status;
}

// Up to damage in the logs, if there is any: the end that a crash of the machine tore off. The caller has to know that
// nothing else is missing.
rocksdb::Status database::open_up_to_damage(purpose what) {
  using rocksdb::WALRecoveryMode;
  const rocksdb::Status status = open_db(WALRecoveryMode::kTolerateCorruptedTailRecords, what);
  return status.IsCorruption() ? open_db(WALRecoveryMode::kPointInTimeRecovery, what) : status;
}

error database::lost(errc code, const std::string& what) const {
  return make_error(
      code, directory_.path().string() + ": " + what + ". Nothing was changed; " + std::string(how_.cure));
}

// RocksDB would begin anew and delete what there is.
result<void> database::look_without_current() {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory_.database(), failed))
    if (is_table_or_log(entry))
      return lost(errc::missing_data, "db/CURRENT is missing, and there is data beside it");
  if (directory_.synced().value() > 0)
    return lost(errc::missing_data, "the database is missing, in which " +
                                        std::to_string(directory_.synced().value()) + " was synced");
  return {};
}

result<void> database::look() {
  std::error_code unreadable;
  if (!fs::exists(directory_.database() / "CURRENT", unreadable)) return look_without_current();
  if (auto complete = directory_.files().check(directory_.database()); !complete)
    return lost(errc::missing_data, complete.error().text);

  const std::uint64_t mark = directory_.synced().value();
  using rocksdb::WALRecoveryMode;
  rocksdb::Status status = open_db(WALRecoveryMode::kTolerateCorruptedTailRecords, purpose::reading);
  const rocksdb::Status damage = status;
  if (damage.IsCorruption()) status = open_db(WALRecoveryMode::kPointInTimeRecovery, purpose::reading);
  // A start that was killed while it made the database: there are not all families yet.
  if (status.IsInvalidArgument() && mark == 0) return {};
  if (!status.ok()) return failed(damage.ok() ? status : damage, access::reading, "looking at it");
  const result<std::uint64_t> reach = how_.reach(*this);
  close();
  if (!reach) return reach.error();
  if (*reach >= mark) return {};
  return lost(damage.ok() ? errc::missing_data : errc::corrupt_data,
              "what is stored ends at " + std::to_string(*reach) + ", but " + std::to_string(mark) +
                  " was synced: the disk or someone lost it" +
                  (damage.ok() ? std::string() : " (" + damage.ToString() + ")"));
}

// What a process that died had only written counts from now on, so it must not vanish with the machine.
result<void> database::keep_logs() {
  if (auto made = make_directory(directory_.database()); !made) return made;
  if (const auto synced = sync_logs(*how_.options.env, directory_.database()); !synced.ok())
    return failed(synced, access::writing, "syncing its logs");
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(directory_.database(), unreadable))
    if (entry.path().extension() == ".log")
      if (auto noted = directory_.files().log_closed(file_number(entry.path())); !noted) return noted;
  return {};
}

result<std::unique_ptr<database>> database::open(data_directory directory, const layout& how) {
  auto opened = std::make_unique<database>();
  opened->how_ = how;
  opened->directory_ = std::move(directory);
  std::shared_ptr<rocksdb::FileSystem> files = how.options.env->GetFileSystem();
  if (how.zeroed_logs) files = std::make_shared<zeroed_logs>(files);
  inventory& counted = opened->directory_.files();
  files = std::make_shared<counted_files>(std::make_shared<logs_in_order>(files, counted), counted);
  opened->env_ = rocksdb::NewCompositeEnv(files);
  if (auto good = opened->look(); !good) return good.error();
  if (auto kept = opened->keep_logs(); !kept) return kept.error();
  if (const auto status = opened->open_up_to_damage(purpose::writing); !status.ok())
    return opened->failed(status, access::writing, "opening");

  const result<std::uint64_t> reach = how.reach(*opened);
  if (!reach) return reach.error();
  if (auto raised = opened->directory_.synced().raise(*reach); !raised) return raised.error();
  return opened;
}

result<std::unique_ptr<database>> database::open_read_only(data_directory directory, const layout& how) {
  auto opened = std::make_unique<database>();
  opened->how_ = how;
  opened->directory_ = std::move(directory);
  std::shared_ptr<rocksdb::FileSystem> files = how.options.env->GetFileSystem();
  if (how.zeroed_logs) files = std::make_shared<zeroed_logs>(files);
  opened->env_ = rocksdb::NewCompositeEnv(files);
  if (const auto status = opened->open_up_to_damage(purpose::reading); !status.ok())
    return opened->failed(status, access::reading, "looking at it");
  return opened;
}

result<void> database::reopen() {
  close();
  const rocksdb::Status status = open_up_to_damage(purpose::healing);
  if (status.ok()) return {};
  const error refused = failed(status, access::writing, "opening it again");
  static_cast<void>(open_up_to_damage(purpose::reading));  // is_open() tells
  return refused;
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
  // What is in the log is safe there; a flush could wait for a disk that is full.
  options.avoid_flush_during_shutdown = true;
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
