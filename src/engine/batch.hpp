#pragma once

#include <seckill/availability_board.hpp>
#include <seckill/command.hpp>
#include <seckill/engine.hpp>
#include <seckill/event_buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// An answer that waits for its durability.
struct pending_answer {
  completion then;
  answer reply;
  bool counts = true;  // false: to a question, which is no command
};

// What one turn decided: facts for one frame, changes for the board, and the answers that both must precede.
// Used again and again: its memory is reserved once.
struct batch {
  explicit batch(std::size_t commands_max) : events(commands_max * event_bytes) {
    for (auto& each : answers) each.reserve(commands_max);
  }

  // Of a reserve of one line, which is what a crowd sends.
  static constexpr std::size_t event_bytes = 32;

  [[nodiscard]] std::vector<pending_answer>& at(durability level) noexcept {
    return answers[static_cast<std::size_t>(level)];
  }
  void clear() noexcept {
    events.clear();
    changes.clear();
    settles = false;
    for (auto& each : answers) each.clear();
  }

  std::uint64_t first_sequence = 0;  // of the events, if there are any
  std::uint64_t last_sequence = 0;   // of the ledger after this turn
  time_ms at_ms = 0;
  event_buffer events;
  std::array<std::vector<pending_answer>, 3> answers;  // by level, each in order of decision
  std::vector<availability_board::change> changes;
  bool settles = false;  // the board was told that answers about these changes left before
  std::vector<std::byte> frame;
};

}  // namespace seckill::inline v1
