#pragma once

#include <seckill/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace seckill::inline v1 {

/// What a memory_journal writes on: a disk that lives as long as someone holds it. It knows what is synced
/// and what is only written, so that a test can take what a crash leaves behind, and it can be damaged.
///
/// Threads: any; a copy taken beside a running append() may hold any prefix of its frames.
class SECKILL_EXPORT journal_image {
 public:
  journal_image();
  journal_image(const journal_image&) = delete;
  journal_image& operator=(const journal_image&) = delete;
  ~journal_image();

  /// A copy of what is left when the process dies now: everything written.
  [[nodiscard]] std::shared_ptr<journal_image> after_process_crash() const;
  /// A copy of what is left when the machine dies now: everything synced and, of the frames that are only
  /// written, the first `unsynced_kept`, for the storage may have got so far.
  [[nodiscard]] std::shared_ptr<journal_image> after_machine_crash(std::size_t unsynced_kept = 0) const;

  [[nodiscard]] std::size_t frame_count() const;
  [[nodiscard]] std::size_t synced_frame_count() const;
  /// Encoded, without snapshots.
  [[nodiscard]] std::uint64_t frame_bytes() const;

  /// Flips the bits of `flip` in one byte of the frame at `index`, counted from the oldest. What is not there cannot be
  /// damaged: std::out_of_range, here and below.
  void damage_frame(std::size_t index, std::size_t at, std::byte flip = std::byte{1});
  /// Leaves the last frame with its first `bytes_kept` bytes.
  void tear_last_frame(std::size_t bytes_kept);
  /// Takes a frame out of the middle.
  void lose_frame(std::size_t index);

  /// The size of a committed snapshot's file; 0: there is none.
  [[nodiscard]] std::size_t snapshot_bytes(std::uint64_t sequence) const;
  void damage_snapshot(std::uint64_t sequence, std::size_t at, std::byte flip = std::byte{1});
  void tear_snapshot(std::uint64_t sequence, std::size_t bytes_kept);

 private:
  friend class memory_journal;
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
