#pragma once

#include <seckill/error.hpp>
#include <seckill/event.hpp>
#include <seckill/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seckill::inline v1 {

/// Where a ledger puts its facts: already in the journal's compact form, so that nothing is converted on the
/// hot path. One buffer is the body of one frame: all its events happened at one time.
///
/// A reserve of one line takes 32 bytes: the sale is written only where it differs from the event before, the
/// reservation id only where it is not one more. Format: docs/internals/journal_format.md.
/// Threads: one at a time.
class SECKILL_EXPORT event_buffer {
 public:
  event_buffer() = default;
  explicit event_buffer(std::size_t capacity_bytes) : words_(capacity_bytes / sizeof(std::uint64_t)) {}

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
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(words_)).first(size_ * sizeof(std::uint64_t));
  }
  /// Forgets the events, keeps the memory.
  void clear() noexcept;

 private:
  class writer;

  std::vector<std::uint64_t> words_;  // its size is the capacity: growing it zeroes what is written anyway
  std::size_t size_ = 0;              // words in use
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
  class parser;

  std::span<const std::byte> rest_;
  std::uint64_t sequence_;
  time_ms at_ms_;
  sale_id sale_{};
  reservation_id reservation_{};
};

}  // namespace seckill::inline v1
