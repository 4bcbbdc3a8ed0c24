#pragma once

#include <seckill/ledger_identity.hpp>
#include <seckill/memory/journal_image.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace seckill::inline v1 {

// Stored bytes are immutable and shared: by copies of an image, and by readers that outlive a trim. Damage
// replaces them.
using stored_bytes = std::shared_ptr<const std::vector<std::byte>>;

class SECKILL_HIDDEN journal_image::state {
 public:
  struct content {
    std::optional<ledger_identity> identity;
    std::map<std::uint64_t, stored_bytes> frames;  // by first sequence
    std::uint64_t synced_up_to = 0;  // first sequence of the last frame that survives the machine
    std::map<std::uint64_t, stored_bytes> snapshots;
    std::map<std::string, std::uint64_t, std::less<>> cursors;
  };

  std::mutex mutex;
  content now;
  bool in_use = false;

  void sync() {
    if (!now.frames.empty()) now.synced_up_to = now.frames.rbegin()->first;
  }
};

}  // namespace seckill::inline v1
