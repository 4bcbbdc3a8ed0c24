#pragma once

#include "tests/support/shop.hpp"
#include <seckill/engine.hpp>
#include <seckill/memory/memory_journal.hpp>
#include <seckill/testing/faulty_journal.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace seckill::testing {

/// Bounds that a test engine fills in no time.
inline engine_params small_engine(durability level = durability::synced) {
  engine_params params;
  params.level = level;
  params.ledger.stock_max = 20'000;
  params.ledger.remembered_max = 5'000;
  params.ledger.tombstones_max = 100;
  params.ledger.operator_requests_max = 100;
  params.ledger.sales_max = 20;
  params.ledger.items_per_sale_max = 8;
  params.ring_capacity = 4'096;
  params.batch_max = 256;
  params.snapshot_every_events = 0;
  params.events_kept = 0;
  return params;
}

/// An engine on disks in memory that outlive it, with a clock that stands still and faults on demand.
class house {
 public:
  explicit house(const engine_params& how = small_engine(), std::size_t shards = 1) : params(how) {
    for (std::size_t i = 0; i < shards; ++i) images.push_back(std::make_shared<journal_image>());
    open();
  }

  result<std::unique_ptr<engine>> try_open() {
    std::vector<std::unique_ptr<journal>> journals;
    for (const auto& each : images)
      journals.push_back(make_faulty_journal(open_memory_journal(each).value(), script));
    return engine::open(params, std::move(journals), time);
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().text;
    works = std::move(opened).value();
  }
  void reopen() {
    works.reset();
    open();
  }

  sale_id open_sale(sale_definition definition, sale_id id = {}) {
    const answer reply = works->execute(create_sale_command{next_request(), id, std::move(definition)});
    EXPECT_EQ(reply.code, outcome::applied);
    return reply.sale;
  }
  answer reserve(sale_id sale, std::uint64_t buyer, basket lines, request_id request) {
    return works->execute(reserve_command{request, sale, buyer_id{buyer}, lines});
  }
  answer reserve(sale_id sale, std::uint64_t buyer, basket lines = {{sku_id{1}, 1}}) {
    return reserve(sale, buyer, lines, next_request());
  }
  item_stock stock(sale_id sale) { return works->find_sale(sale).value().items[0]; }
  std::uint64_t hash(std::uint8_t shard = 0) {
    std::promise<std::uint64_t> seen;
    works->read(
        shard, [&](const ledger& books) { seen.set_value(books.state_hash()); }, [](outcome) {});
    return seen.get_future().get();
  }
  request_id next_request() { return req(++next_); }

  engine_params params;
  manual_time_source time{opens};
  std::vector<std::shared_ptr<journal_image>> images;
  std::shared_ptr<fault_script> script = std::make_shared<fault_script>();
  std::unique_ptr<engine> works;

 private:
  std::atomic<std::uint64_t> next_{1'000'000};
};

}  // namespace seckill::testing
