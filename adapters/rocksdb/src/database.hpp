#pragma once

#include "data_directory.hpp"
#include "status.hpp"
#include <seckill/error.hpp>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// An open RocksDB database in a data_directory that has lost nothing of what was synced.
class database {
 public:
  struct layout {
    rocksdb::DBOptions options;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;  ///< the default one first
    /// A number that grows with what is stored and that synced() is compared with.
    std::function<result<std::uint64_t>(const database&)> reach;
    bool zeroed_logs = false;  ///< for callers that wait for syncs: see there
    /// What to do about damage or loss, for error texts.
    std::string_view cure =
        "restore the directory from a backup, or save what can be read with `seckill salvage`";
  };

  /// Looks first, without changing anything: at the inventory, at what can be read, and whether that reaches the mark.
  /// Errors: errc::missing_data, errc::corrupt_data if not, and then nothing was changed; those of status.
  [[nodiscard]] static result<std::unique_ptr<database>> open(data_directory directory, const layout& how);
  /// For reading alone, up to the first damage in the logs. Changes nothing, and may be used while another process has
  /// the directory.
  [[nodiscard]] static result<std::unique_ptr<database>> open_read_only(data_directory directory,
                                                                        const layout& how);

  database() = default;
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database();

  [[nodiscard]] rocksdb::DB& db() const noexcept { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(std::size_t index) const noexcept {
    return families_[index];
  }
  [[nodiscard]] data_directory& directory() noexcept { return directory_; }
  /// After a failed write: closes the database and opens it again, which ends every failure that RocksDB keeps. If that
  /// fails too, it is open for reading, if it can be. REQUIRES: nobody else uses it meanwhile, and no iterator is left.
  [[nodiscard]] result<void> reopen();
  /// False if not even reading worked after a failed reopen().
  [[nodiscard]] bool is_open() const noexcept { return db_ != nullptr; }
  /// Syncs the log, then remembers that it reaches `reach`, which was stored before.
  [[nodiscard]] result<void> sync(std::uint64_t reach);
  [[nodiscard]] error failed(const rocksdb::Status& status, access kind, std::string_view doing) const {
    return to_error(status, kind, doing, directory_.path(), how_.cure);
  }

 private:
  enum class purpose : std::uint8_t {
    reading,
    writing,
    healing
  };

  rocksdb::Status open_db(rocksdb::WALRecoveryMode mode, purpose what);
  rocksdb::Status open_up_to_damage(purpose what);
  result<void> look();
  result<void> look_without_current();
  result<void> keep_logs();
  [[nodiscard]] error lost(errc code, const std::string& what) const;
  void close();

  layout how_;
  data_directory directory_;
  std::unique_ptr<rocksdb::Env> env_;  // the layout's, with its logs in order
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

/// Options that every database of ours has: quiet, bounded, and loud about damage.
[[nodiscard]] rocksdb::DBOptions database_options(rocksdb::Env* env, std::uint32_t open_files_max,
                                                  std::uint64_t log_bytes_max);

/// Keys are big endian, so that their order is that of the numbers.
[[nodiscard]] std::string big_endian(std::uint64_t number);
[[nodiscard]] std::uint64_t from_big_endian(const rocksdb::Slice& key) noexcept;

}  // namespace seckill::inline v1
