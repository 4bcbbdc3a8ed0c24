#pragma once

#include "engine/cache_line.hpp"
#include <seckill/command.hpp>
#include <seckill/engine.hpp>
#include <seckill/policy/thread_slot.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seckill::inline v1 {

// How often each answer was given, counted without contention: a cell for each of the first threads, which
// alone adds to it, and one for all others.
class answer_counters {
  struct cell;

 public:
  answer_counters() : cells_(thread_slot::count_max + 1) {}

  // Counts for this thread.
  class tally {
   public:
    explicit tally(answer_counters& in)
        : cell_(in.cells_[thread_slot::current()]), shared_(thread_slot::current() == thread_slot::none) {}

    void decided(const answer& reply) noexcept {
      add(cell_.answers[static_cast<std::size_t>(reply.code)]);
      if (reply.replayed) add(cell_.replays);
    }
    void refused_by_board(const answer& reply) noexcept {
      decided(reply);
      add(cell_.board_refusals);
    }

   private:
    void add(std::atomic<std::uint64_t>& count) const noexcept {
      if (shared_)
        count.fetch_add(1, std::memory_order_relaxed);
      else
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    cell& cell_;
    bool shared_;
  };

  void read(engine_stats& into) const noexcept {
    for (const cell& each : cells_) {
      for (std::size_t i = 0; i < outcome_count; ++i)
        into.answers[i] += each.answers[i].load(std::memory_order_relaxed);
      into.replays += each.replays.load(std::memory_order_relaxed);
      into.board_refusals += each.board_refusals.load(std::memory_order_relaxed);
    }
  }

 private:
  struct alignas(cache_line) cell {
    std::array<std::atomic<std::uint64_t>, outcome_count> answers{};
    std::atomic<std::uint64_t> replays{0};
    std::atomic<std::uint64_t> board_refusals{0};
  };
  std::vector<cell> cells_;
};

}  // namespace seckill::inline v1
