#pragma once

#include "engine/frame_walk.hpp"
#include "engine/watermark.hpp"
#include <seckill/event_feed.hpp>
#include <seckill/ports/journal.hpp>

#include <functional>
#include <optional>
#include <string>

namespace seckill::inline v1 {

// A feed on a shard's journal. It reads no frame that is not synced: an event that a consumer has seen can never
// unhappen, whatever level the engine answers at.
class shard_feed final : public event_feed {
 public:
  // `closed` is called by the destructor.
  shard_feed(journal& from, watermark& journaled, const ledger_identity& whose, std::string name,
             std::uint64_t cursor, std::function<void()> closed)
      : journal_(from),
        journaled_(journaled),
        whose_(whose),
        name_(std::move(name)),
        cursor_(cursor),
        delivered_(cursor),
        closed_(std::move(closed)) {}
  shard_feed(const shard_feed&) = delete;
  shard_feed& operator=(const shard_feed&) = delete;
  ~shard_feed() override { closed_(); }

  result<void> poll(std::vector<event>& into, std::size_t count_max) override;
  void wait(std::chrono::milliseconds timeout) override { journaled_.wait_beyond(delivered_, timeout); }
  result<void> commit(std::uint64_t sequence) override;
  [[nodiscard]] std::uint64_t cursor() const override { return cursor_; }

 private:
  // Makes events_ ready; false if no further event is synced.
  [[nodiscard]] result<bool> advance();

  journal& journal_;
  watermark& journaled_;
  ledger_identity whose_;
  std::string name_;
  std::uint64_t cursor_;
  std::uint64_t delivered_;  // the last event given to the consumer
  std::function<void()> closed_;
  std::optional<frame_walk> walk_;
  std::optional<event_reader> events_;  // of the frame that walk_ stands at
};

// The cursor of that name; a new name starts before the oldest event that is stored, and is saved.
[[nodiscard]] result<std::uint64_t> open_cursor(journal& in, const std::string& name);

// Moves a cursor that is above `sequence` back to it. Errors: errc::missing_data if the events after it are gone.
[[nodiscard]] result<void> rewind_cursor(journal& in, const std::string& name, std::uint64_t sequence);

}  // namespace seckill::inline v1
