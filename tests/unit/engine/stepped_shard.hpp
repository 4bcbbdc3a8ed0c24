#pragma once

#include "engine/shard.hpp"
#include "tests/support/open_recovered.hpp"
#include "tests/support/shop.hpp"
#include <seckill/memory/memory_journal.hpp>
#include <seckill/testing/faulty_journal.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace seckill::testing {

inline engine_params small_shard(durability level) {
  engine_params params;
  params.level = level;
  params.ledger.stock_max = 2'000;
  params.ledger.remembered_max = 500;
  params.ledger.tombstones_max = 50;
  params.ledger.operator_requests_max = 50;
  params.ledger.sales_max = 8;
  params.ledger.items_per_sale_max = 8;
  params.ring_capacity = 16;
  params.batch_max = 8;
  params.batches_in_flight_max = 3;
  params.expire_batch_max = 4;
  return params;
}

/// A shard, its disk, and every answer that has left, in order.
struct stepped_shard {
  explicit stepped_shard(durability level = durability::synced, void (*change)(engine_params&) = nullptr)
      : params(small_shard(level)) {
    if (change != nullptr) change(params);
    storage = make_faulty_journal(open_memory_journal(image).value(), script);
    auto found = open_recovered(*storage, {.bounds = params.ledger});
    EXPECT_TRUE(found);
    work.emplace(params, *storage, shard::start{std::move(found->state), test_fleet, found->last}, counters);
  }

  struct told {
    stepped_shard* to;
    int number;
    std::optional<answer> reply;
    static void done(void* context, const answer& reply) noexcept {
      auto& self = *static_cast<told*>(context);
      EXPECT_FALSE(self.reply) << "answered twice";
      self.reply = reply;
      self.to->left.push_back(self.number);
    }
  };

  /// Submits and returns the answer's place; its number is its index.
  const std::optional<answer>& submit(command what, std::optional<durability> level = {}) {
    answers.push_back({this, static_cast<int>(answers.size()), {}});
    told& mine = answers.back();
    const submission one{std::move(what), {&told::done, &mine}, level};
    const submission* const pointer = &one;
    last_claim = work->submit({&pointer, 1});
    if (last_claim.count == 0) told::done(&mine, {.code = outcome::overloaded});
    return mine.reply;
  }
  const std::optional<answer>& reserve(std::uint64_t buyer, request_id request,
                                       std::optional<durability> level = {}) {
    return submit(reserve_command{request, sale, buyer_id{buyer}, basket{{sku_id{1}, 1}}}, level);
  }
  const std::optional<answer>& reserve(std::uint64_t buyer, std::optional<durability> level = {}) {
    return reserve(buyer, req(++next), level);
  }
  void open_sale(std::uint32_t stock, std::uint32_t limit = 0) {
    const auto& reply = submit(create_sale_command{req(++next), {}, sale_of({{1, stock}}, limit)});
    settle();
    sale = reply->sale;
    left.clear();
  }
  void apply() { work->apply_turn(now); }
  bool commit() { return work->commit_turn(); }
  void settle() {
    while (work->can_apply() || work->committable() > 0) {
      apply();
      commit();
    }
  }
  [[nodiscard]] std::uint64_t count(storage_call call) const { return script->count(call); }

  engine_params params;
  std::shared_ptr<journal_image> image = std::make_shared<journal_image>();
  std::shared_ptr<fault_script> script = std::make_shared<fault_script>();
  std::unique_ptr<journal> storage;
  answer_counters counters;
  std::optional<shard> work;
  time_ms now = opens;
  sale_id sale{};
  std::deque<told> answers;
  std::vector<int> left;
  shard::claim last_claim;
  std::uint64_t next = 1'000;
};

}  // namespace seckill::testing
