#pragma once

#include <seckill/frame.hpp>
#include <seckill/ports/journal.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace seckill::inline v1 {

// Frames that were found damaged at the end of a journal, with no good one behind them.
struct torn_tail {
  std::uint64_t first_sequence = 0;  // where the first of them starts
  std::size_t frames = 0;
  std::string why;
};

// Reads a journal's frames from behind a sequence on, and accounts for every event: a frame that is damaged,
// missing, or of another shard ends the walk with an error that names what is lost. Damage that no good frame
// follows is not an error yet: only the caller knows whether those events were ever acknowledged.
//
// Threads: one at a time. Must not outlive the journal.
class frame_walk {
 public:
  [[nodiscard]] static result<frame_walk> behind(journal& from, std::uint64_t sequence, frame_origin origin);

  // The next frame with events not seen yet, or nothing at the present end. The first one may also have older
  // events. Valid until the next call. Errors end the walk: errc::corrupt_data, missing_data,
  // invalid_argument (of another shard), version_unsupported, and those of the journal.
  [[nodiscard]] result<std::optional<frame>> next();

  // The sequence that must come next.
  [[nodiscard]] std::uint64_t expected() const noexcept { return expected_; }
  [[nodiscard]] const std::optional<torn_tail>& torn() const noexcept { return torn_; }

 private:
  frame_walk(std::unique_ptr<frame_reader> reader, std::uint64_t sequence, frame_origin origin)
      : reader_(std::move(reader)), expected_(sequence + 1), origin_(origin) {}

  [[nodiscard]] std::optional<error> misfit(const frame& next) const;

  std::unique_ptr<frame_reader> reader_;
  std::uint64_t expected_;
  frame_origin origin_;
  bool started_ = false;
  std::optional<torn_tail> torn_;
};

// "7", or "7 to 9".
[[nodiscard]] std::string sequences_text(std::uint64_t first, std::uint64_t last);

}  // namespace seckill::inline v1
