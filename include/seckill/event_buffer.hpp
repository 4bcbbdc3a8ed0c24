#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <seckill/error.hpp>
#include <seckill/event.hpp>
#include <seckill/export.hpp>

namespace seckill::inline v1 {

/// Where a ledger puts its facts: already in the journal's compact form, so that nothing is converted on the hot
/// path. One buffer is the body of one frame: all its events happened at one time.
///
/// A reserve of one line takes 32 bytes: the sale is written only where it differs from the event before, the
/// reservation id only where it is not one more. Format: docs/internals/journal_format.md.
/// Threads: one at a time.
class SECKILL_EXPORT event_buffer {
 public:
  event_buffer() = default;
  explicit event_buffer(std::size_t capacity_bytes) { bytes_.reserve(capacity_bytes); }

  void append(const sale_created& fact);
  void append(const stock_changed& fact);
  void append(const sale_switched& fact);
  void append(const units_reserved& fact);
  void append(const reservation_confirmed& fact);
  void append(const reservation_cancelled& fact);
  void append(const reservation_expired& fact);
  void append(const payment_unfulfilled& fact);
  void append(const reserve_forestalled& fact);

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  /// Forgets the events, keeps the memory.
  void clear() noexcept;

 private:
  std::byte* grow(std::size_t words);
  void head(std::uint64_t word, sale_id sale, reservation_id reservation);

  std::vector<std::byte> bytes_;
  std::size_t count_ = 0;
  sale_id sale_{};
  reservation_id reservation_{};
};

/// Reads the events of an event_buffer's bytes back. Safe on any input.
/// Threads: one at a time. The bytes must outlive the reader.
class SECKILL_EXPORT event_reader {
 public:
  /// `first_sequence` and `at_ms` are those of the frame.
  event_reader(std::span<const std::byte> bytes, std::uint64_t first_sequence, time_ms at_ms)
      : rest_(bytes), sequence_(first_sequence), at_ms_(at_ms) {}

  [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
  /// The next event, into `into`. REQUIRES: !done(). Errors: errc::corrupt_data.
  [[nodiscard]] result<void> next(event& into);

 private:
  std::span<const std::byte> rest_;
  std::uint64_t sequence_;
  time_ms at_ms_;
  sale_id sale_{};
  reservation_id reservation_{};
};

}  // namespace seckill::inline v1
