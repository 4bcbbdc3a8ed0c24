#pragma once

#include "files.hpp"
#include "inventory.hpp"
#include "synced_mark.hpp"
#include <seckill/error.hpp>
#include <seckill/ledger_identity.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace seckill::inline v1 {

/// A directory of ours on disk, held by one user at a time. It contains
///   lock        locked while in use
///   FORMAT      what it is, in which version, and whose: one line of text
///   synced      the synced_mark
///   inventory   the inventory
///   db/         the RocksDB database
/// and what its owner adds. docs/internals/journal_format.md describes it.
class data_directory {
 public:
  /// Makes it if missing. Errors: errc::already_open; errc::version_unsupported unless it is of this version or of 1;
  /// errc::invalid_argument if it is of another kind or not ours; errc::corrupt_data; those of files.
  [[nodiscard]] static result<data_directory> open(const std::filesystem::path& path, std::string_view kind,
                                                   std::uint32_t version);

  /// For reading alone: changes nothing and holds nothing; without mark and inventory. Errors: as open().
  [[nodiscard]] static result<data_directory> look(const std::filesystem::path& path, std::string_view kind,
                                                   std::uint32_t version);
  /// Whose it is, as journal::identity().
  [[nodiscard]] const std::optional<ledger_identity>& identity() const noexcept { return identity_; }
  /// States, durably, whose it is. From then on it is of the version that open() was told.
  /// Errors: errc::invalid_argument if it states another one; those of files.
  [[nodiscard]] result<void> adopt(const ledger_identity& whose);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path database() const { return path_ / "db"; }
  [[nodiscard]] synced_mark& synced() noexcept { return *synced_; }
  [[nodiscard]] inventory& files() noexcept { return *files_; }

 private:
  std::filesystem::path path_;
  std::string kind_;
  std::uint32_t version_ = 0;
  std::optional<ledger_identity> identity_;
  open_file lock_;
  std::unique_ptr<synced_mark> synced_;
  std::unique_ptr<inventory> files_;
};

}  // namespace seckill::inline v1
