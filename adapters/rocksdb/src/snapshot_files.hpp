#pragma once

#include <seckill/error.hpp>
#include <seckill/ports/journal.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace seckill::inline v1 {

/// A journal's snapshots: a file each, outside the database, so that gigabytes of state neither go through
/// its log nor wake its compaction. Written under a temporary name and renamed when durable. Threads: any.
class snapshot_files {
 public:
  /// Makes the directory, and removes what crashed writers left there.
  [[nodiscard]] static result<std::unique_ptr<snapshot_files>> open(std::filesystem::path directory,
                                                                    std::uint32_t burst_bytes);

  /// `before_visible` runs when the file is durable, before it gets its name.
  [[nodiscard]] result<std::unique_ptr<snapshot_writer>> write(std::uint64_t sequence,
                                                               std::function<result<void>()> before_visible);
  [[nodiscard]] result<std::vector<std::uint64_t>> list() const;
  [[nodiscard]] result<std::unique_ptr<snapshot_source>> read(std::uint64_t sequence) const;
  [[nodiscard]] result<void> drop(std::uint64_t sequence);

 private:
  [[nodiscard]] std::filesystem::path path_of(std::uint64_t sequence) const;

  std::filesystem::path directory_;
  std::uint32_t burst_bytes_ = 0;
  std::atomic<std::uint32_t> writers_ = 0;  // so that each has a temporary name of its own
};

}  // namespace seckill::inline v1
