#pragma once

#include <seckill/frame.hpp>
#include <seckill/ports/journal.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace seckill::inline v1 {

// Frames that were found damaged at the end of a journal, with no good one behind them.
struct torn_tail {
  std::uint64_t first_sequence = 0;  // where the first of them starts
  std::size_t frames = 0;
  std::string why;
};

// Reads a journal's frames from behind a sequence on, and accounts for every event: a frame that is damaged, missing,
// of another history, or that does not follow the one before it ends the walk with an error that names what is lost.
// Damage that no good frame follows is not an error yet: only the caller knows whether those events were ever
// acknowledged.
//
// Threads: one at a time. Must not outlive the journal.
class frame_walk {
 public:
  // `link` is that of the frame which ends at `sequence`, if the caller knows it.
  [[nodiscard]] static result<frame_walk> behind(journal& from, std::uint64_t sequence,
                                                 const ledger_identity& whose,
                                                 std::optional<frame_link> link = {});

  // The next frame with events not seen yet, or nothing at the present end. The first one may also have older
  // events. Valid until the next call. Errors end the walk: errc::corrupt_data, missing_data,
  // invalid_argument (of another history), version_unsupported, and those of the journal.
  [[nodiscard]] result<std::optional<frame>> next();

  // The sequence that must come next.
  [[nodiscard]] std::uint64_t expected() const noexcept { return expected_; }
  [[nodiscard]] const std::optional<torn_tail>& torn() const noexcept { return torn_; }
  // Of the frame that ends right before expected(). None: no such frame was seen.
  [[nodiscard]] const std::optional<frame_link>& link() const noexcept { return link_; }

 private:
  frame_walk(std::unique_ptr<frame_reader> reader, std::uint64_t sequence, const ledger_identity& whose,
             std::optional<frame_link> link);

  [[nodiscard]] std::optional<error> misfit(const frame& next) const;
  [[nodiscard]] std::optional<error> gap(std::uint64_t first) const;
  [[nodiscard]] std::optional<error> pass_over(const frame& older);

  std::unique_ptr<frame_reader> reader_;
  std::uint64_t expected_;
  ledger_identity whose_;
  std::optional<frame_link> link_;
  bool follows_version_2_ = false;
  bool started_ = false;
  std::optional<torn_tail> torn_;
};

// Why nothing of another history may be read as this one's.
[[nodiscard]] error foreign_history(std::string_view what, ledger_identity stated, ledger_identity whose);

// "7", or "7 to 9".
[[nodiscard]] std::string sequences_text(std::uint64_t first, std::uint64_t last);

}  // namespace seckill::inline v1
