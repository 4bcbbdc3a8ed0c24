#pragma once

#include <seckill/export.hpp>

#include <cstddef>

namespace seckill::inline v1 {

/// A small number that belongs to the calling thread alone while it lives, so that a counter can have a cell
/// per thread which needs no locked instruction. Numbers are reused after a thread's end: what the old owner
/// wrote happens before what the new one reads.
///
/// Threads: any. The first call of a thread takes the lowest free number; when all are taken, and in
/// destructors of other thread-local objects after ours has run, it is `none`: use a cell that is shared,
/// with atomic additions.
class SECKILL_EXPORT thread_slot {
 public:
  static constexpr std::size_t count_max = 64;
  static constexpr std::size_t none = count_max;

  [[nodiscard]] static std::size_t current() noexcept {
    const std::size_t known = current_;
    return known != unknown ? known : take();
  }

  /// One above the highest number that was ever taken.
  [[nodiscard]] static std::size_t high_water() noexcept;

 private:
  static constexpr std::size_t unknown = count_max + 1;
  static std::size_t take() noexcept;

  struct owner;
  static constinit thread_local std::size_t current_;
};

}  // namespace seckill::inline v1
