#pragma once

#include "files.hpp"
#include <seckill/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>

namespace seckill::inline v1 {

/// Which of a database's files must be there, kept in a file outside the database.
///
/// RocksDB takes its manifest for the truth: a manifest that lost its last records makes it delete the tables that
/// those named, and without a manifest it starts anew and deletes all. It does not notice a closed log that is gone
/// either. The inventory remembers how long the manifest was when it was last synced, and which closed logs are still
/// needed, so that both are noticed before RocksDB opens the database.
///
/// Growing it is a write into the page cache, after what it describes is durable; a crash of the machine may leave an
/// older one, which asks for less. Before a log is deleted the inventory without it is made durable. Threads: any.
class inventory {
 public:
  static constexpr std::size_t logs_max = 256;  ///< the newest are remembered

  /// Opens the file or makes an empty one. Errors: errc::corrupt_data if it is damaged.
  [[nodiscard]] static result<std::unique_ptr<inventory>> open(std::filesystem::path path);

  /// Compares with what is in the database's directory. Errors: errc::missing_data; the text is what is missing.
  [[nodiscard]] result<void> check(const std::filesystem::path& database) const;

  /// The manifest in use is this one, and so many bytes of it are durable.
  [[nodiscard]] result<void> manifest_synced(std::uint64_t number, std::uint64_t bytes);
  /// This log is closed and durable.
  [[nodiscard]] result<void> log_closed(std::uint64_t number);
  /// Durable when it returns: to be called before the log is deleted.
  [[nodiscard]] result<void> log_dropped(std::uint64_t number);

 private:
  result<void> store();

  std::filesystem::path path_;
  open_file file_;
  mutable std::mutex mutex_;
  std::uint64_t manifest_ = 0;  // 0: not known yet
  std::uint64_t manifest_bytes_ = 0;
  std::set<std::uint64_t> logs_;
};

/// The number in the name of one of RocksDB's files, "000012.log" or "MANIFEST-000012"; 0: it has none.
[[nodiscard]] std::uint64_t file_number(const std::filesystem::path& file);

/// The manifest that CURRENT names; 0: there is no CURRENT, or it names none.
[[nodiscard]] std::uint64_t current_manifest(const std::filesystem::path& database);

}  // namespace seckill::inline v1
