#include "status.hpp"

#include <seckill/rocksdb/rocksdb_errc.hpp>

#include <string>

namespace seckill::inline v1 {
namespace {

struct meaning {
  boost::system::error_code code;
  std::string_view cure;
};

bool says(const rocksdb::Status& status, std::string_view word) {
  return status.ToString().find(word) != std::string::npos;
}

meaning meaning_of(const rocksdb::Status& status, access kind, std::string_view cure_of_damage) {
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit)
    return {errc::storage_full, "free some space on its file system and open it again"};
  if (status.IsCorruption()) return {errc::corrupt_data, cure_of_damage};
  if (status.IsIOError() && says(status, "/LOCK:"))
    return {errc::already_open, "stop the other user of the directory, or use another directory"};
  if (status.IsIOError() || status.IsPathNotFound())
    return {kind == access::writing ? errc::storage_failed : errc::read_failed,
            "check the disk and the directory's permissions, and open it again"};
  if (status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() || status.IsIncomplete())
    return {rocksdb_errc::busy, "try again"};
  if (status.IsInvalidArgument() || status.IsNotSupported())
    return {rocksdb_errc::refused, "use the version of RocksDB that wrote it"};
  if (status.IsShutdownInProgress() || status.IsAborted()) return {rocksdb_errc::stopped, "open it again"};
  return {rocksdb_errc::unknown, "check the disk, and open it again"};
}

}  // namespace

error to_error(const rocksdb::Status& status, access kind, std::string_view doing,
               const std::filesystem::path& directory, std::string_view cure_of_damage) {
  const meaning found = meaning_of(status, kind, cure_of_damage);
  std::string text = directory.string();
  text.append(": ")
      .append(doing)
      .append(" failed: ")
      .append(status.ToString())
      .append("; ")
      .append(found.cure);
  return {found.code, std::move(text)};
}

}  // namespace seckill::inline v1
