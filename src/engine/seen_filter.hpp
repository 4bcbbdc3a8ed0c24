#pragma once

#include "engine/blocked_bloom_filter.hpp"
#include "engine/cache_line.hpp"
#include <seckill/hash.hpp>
#include <seckill/ids.hpp>
#include <seckill/ledger.hpp>
#include <seckill/ledger_params.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// Which request ids, and which buyers of which sale, a ledger may know. It may say yes where the ledger would
// say no, never the reverse: what the ledger knows was inserted before it could matter to anybody.
//
// A Bloom filter cannot forget, a ledger does. So when twice as many keys were inserted as a ledger can know,
// the other filter is cleared and filled, a piece at a time: with every record that the ledger still has, and
// meanwhile with every new key too. Then the two change places. A reader may have started on the old filter,
// which stays as it is until the next rebuild clears it; it looks at the generation again afterwards, and
// takes a change for a yes.
//
// Threads: one inserts and maintains, any asks.
class seen_filter {
 public:
  explicit seen_filter(const ledger_params& bounds);

  [[nodiscard]] std::uint64_t hash(request_id request) const noexcept {
    return mix(mix(request.high ^ seed_, request.low ^ request_salt), seed_ ^ request_salt);
  }
  [[nodiscard]] std::uint64_t hash(sale_id sale, buyer_id buyer) const noexcept {
    return mix(mix(to_integer(sale) ^ seed_, to_integer(buyer) ^ buyer_salt), seed_ ^ buyer_salt);
  }

  [[nodiscard]] bool may_contain(std::uint64_t hash) const noexcept {
    const std::uint64_t generation = generation_.load(std::memory_order_acquire);
    if (filters_[generation & 1U].may_contain(hash)) return true;
    // A word that a rebuild cleared would have been stored after the generation had changed, and loaded with
    // acquire above: then this load sees the change.
    return generation_.load(std::memory_order_relaxed) != generation;
  }

  void insert(std::uint64_t hash) noexcept {
    filters_[current()].insert(hash);
    ++inserted_;
    if (phase_ != phase::filling) return;
    filters_[current() ^ 1U].insert(hash);
    ++refilled_;
  }
  void prefetch(std::uint64_t hash) const noexcept { filters_[current()].prefetch(hash); }

  // Inserts everything that the ledger knows. For the start.
  void insert_all(const ledger& known);
  // A piece of the work of rebuilding, larger if much was inserted since the last call, so that the end comes
  // before the filter is overfull.
  void maintain(const ledger& known) noexcept;
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }

 private:
  enum class phase {
    steady,
    clearing,
    filling
  };

  static constexpr std::uint64_t request_salt = 0x2545f4914f6cdd1d;
  static constexpr std::uint64_t buyer_salt = 0x94d049bb133111eb;
  static constexpr std::size_t step_records = 4'096;
  static constexpr std::size_t first_step_records = 64 * 1'024;  // while nobody waits

  [[nodiscard]] std::size_t current() const noexcept {
    return generation_.load(std::memory_order_relaxed) & 1U;
  }
  void reserve_piece(std::size_t records);
  [[nodiscard]] std::size_t insert_piece(blocked_bloom_filter& into) noexcept;
  void clear_some();
  void fill_some(const ledger& known);

  std::uint64_t seed_;
  std::uint64_t keys_max_;  // inserted before a rebuild starts
  blocked_bloom_filter filters_[2];
  alignas(cache_line) std::atomic<std::uint64_t> generation_{0};  // its last bit tells the filter in use

  // Of the inserting thread.
  alignas(cache_line) phase phase_ = phase::steady;
  std::uint64_t inserted_ = 0;
  std::uint64_t inserted_before_ = 0;  // at the last maintain()
  std::uint64_t refilled_ = 0;         // inserted in the filter that is being filled
  std::size_t position_ = 0;
  std::vector<known_request> piece_;
  std::vector<std::uint64_t> keys_;    // of the piece
  std::vector<std::uint64_t> sorted_;  // the same
};

}  // namespace seckill::inline v1
