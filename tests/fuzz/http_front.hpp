#pragma once

#include "api/plan.hpp"
#include "api/response.hpp"
#include "engine/recovery.hpp"
#include "engine/shard.hpp"
#include "tests/support/shop.hpp"
#include <seckill/memory/memory_journal.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace seckill::testing {

/// The HTTP API over a shard in memory, without sockets and threads: plan, decide, render. Every response is checked
/// as it is made. Threads: one at a time.
class http_front {
 public:
  /// With one open sale, number 1: skus 1 and 2, five units of each, at most four for a buyer.
  http_front();

  static constexpr std::string_view token = "t";

  /// The status of the response.
  int respond(const http::request& from, const http::framing& frame = {});
  void pass(time_ms duration);
  /// Every invariant, and that the journal holds the very same state.
  void require_sound();

 private:
  std::string answer_command(http::route which, command&& what, const http::framing& frame);
  std::string answer_query(http::route which, const http::query& asked, const http::framing& frame);
  answer decide(const command& what);
  void read(std::function<void(const ledger&)> look);
  void turn();

  time_ms now_ = opens;
  engine_params params_;
  std::unique_ptr<journal> journal_;
  answer_counters counters_;
  std::unique_ptr<shard> shard_;
  http::json_tape tape_;
};

}  // namespace seckill::testing
