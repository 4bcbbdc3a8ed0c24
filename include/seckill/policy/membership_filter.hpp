#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/policy/bloom_filter.hpp>
#include <seckill/policy/fuse_filter.hpp>
#include <seckill/policy/swap_cell.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

namespace seckill::inline v1 {

struct membership_filter_params {
  std::uint64_t fresh_keys_max = 100'000;    ///< keys inserted between two rebuilds at the rate below
  double fresh_false_positive_rate = 0.001;  ///< comes on top of the frozen part's 1/256
};

/// Which keys exist: keeps requests for ids that were never given out away from everything behind it (cache
/// penetration). A frozen list of the keys of the source, and the keys inserted since.
///
/// Guarantees: a key of the list, or inserted since the rebuild began, may be contained; another one is,
/// about once in 200 times. Before the first list, and after distrust(), every key may be. Deleted keys stay
/// until a rebuild. REQUIRES: a key is inserted after the source has it and before anybody is told of it; so
/// a key is either in the list or inserted after begin_rebuild(), and visible at once. Threads: any; rebuilds
/// one at a time, beside everything else.
class SECKILL_EXPORT membership_filter {
 public:
  explicit membership_filter(const membership_filter_params& params);

  void insert(std::uint64_t hash) noexcept;
  [[nodiscard]] bool may_contain(std::uint64_t hash) const noexcept {
    return parts_.read([hash](const parts& now) {
      return !now.trusted || now.frozen->contains(hash) || now.fresh->contains(hash);
    });
  }

  /// Call before listing the source's keys; keys inserted from now on survive the rebuild.
  void begin_rebuild();
  /// Takes the list over, with the keys inserted since begin_rebuild(), and trusts it.
  /// Errors: errc::invalid_argument without begin_rebuild() before, and those of fuse_filter::build(); then nothing has
  /// changed.
  [[nodiscard]] result<void> finish_rebuild(std::span<const std::uint64_t> hashes);

  /// News of insertions elsewhere may have been missed: every key may be contained until the next rebuild is
  /// finished.
  void distrust();
  [[nodiscard]] bool trusted() const noexcept;

  /// Insertions since the last rebuild began: rebuild when it nears fresh_keys_max.
  [[nodiscard]] std::uint64_t fresh_keys() const noexcept {
    return fresh_keys_.load(std::memory_order_relaxed);
  }

 private:
  struct parts {
    std::shared_ptr<const fuse_filter> frozen;
    std::shared_ptr<bloom_filter> fresh;
    std::shared_ptr<bloom_filter> next_fresh;  // during a rebuild
    bool trusted = false;
  };

  void publish(const parts& next);

  bloom_filter_params fresh_params_;
  swap_cell<parts> parts_;
  std::mutex changing_;
  parts latest_;
  bool distrusted_in_rebuild_ = false;
  std::atomic<std::uint64_t> fresh_keys_{0};
};

}  // namespace seckill::inline v1
