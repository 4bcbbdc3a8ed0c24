#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/ports/journal.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace seckill::inline v1 {

/// The bounds of a journal on RocksDB.
struct rocksdb_journal_params {
  std::string directory{};  ///< made if missing, parents too; of this journal alone

  /// Frames that are kept in memory and in the write-ahead log before they move into a table file, in bytes.
  /// Twice to `write_buffers_max` times as much memory is used while tables are written, and as much disk for
  /// the log; opening replays at most that.
  std::uint64_t write_buffer_bytes = 64U << 20U;
  std::uint32_t write_buffers_max = 4;  ///< 2 to 64
  std::uint32_t open_files_max = 64;    ///< at least 16
  /// A snapshot goes to the disk in bursts of so many bytes, each awaited, so that frames are never synced
  /// behind a mountain of them. At least 4,096.
  std::uint32_t snapshot_burst_bytes = 1U << 20U;
};

/// Opens, or makes, a journal in a directory, with every guarantee of the port.
///
/// What a crash of the machine tore off the end, never synced, is cut off without a word. If anything is missing
/// or damaged that sync() acknowledged, opening is refused, nothing is removed, and the text says how far the
/// frames go and what to do.
///
/// Errors: errc::invalid_argument naming the parameter; errc::already_open; errc::version_unsupported;
/// errc::corrupt_data; errc::missing_data; errc::storage_full; errc::storage_failed; errc::read_failed;
/// rocksdb_errc.
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<journal>> open_rocksdb_journal(
    const rocksdb_journal_params& params);

}  // namespace seckill::inline v1
