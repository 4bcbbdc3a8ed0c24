// A service whose journal and wall clock disagree says so, sells as ever, and offers the way out that it names.
#include "bench/crowd/client.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include <seckill/engine.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <gtest/gtest.h>

#include <string>

namespace seckill {
namespace {

constexpr time_ms hour = 3'600'000;
constexpr time_ms year = 365 * 24 * hour;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Leaves a data directory whose journal ends so far from the wall clock, with a sale that is open around that time.
void write_journal(const std::string& data, time_ms from_wall_ms) {
  {
    shop_process first({.data = data, .flags = {"--stock=0"}});
    ASSERT_TRUE(first.serving()) << first.output();
    ASSERT_EQ(first.terminate(), 0);
  }
  const manual_time_source then(system_time_source().wall_ms() + from_wall_ms);
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_rocksdb_journal({.directory = data + "/journal-0"}).value());
  const auto works = engine::open({}, std::move(journals), then).value();
  sale_definition sale;
  sale.title = "drop";
  sale.opens_at_ms = works->now_ms();
  sale.closes_at_ms = works->now_ms() + hour;
  sale.reservation_ttl_ms = 1'000;
  sale.currency = {'E', 'U', 'R'};
  sale.items = {{.sku = sku_id{1}, .title = "item", .price_minor = 100, .stock = 1}};
  ASSERT_EQ(works->execute(create_sale_command{{1, 1}, {}, sale}).code, outcome::applied);
}

TEST(clock, a_journal_ahead_of_the_wall_clock_is_an_alarm_and_sells) {
  for (const time_ms ahead : {hour, 30 * year}) {
    const testing::temporary_directory place;
    ASSERT_NO_FATAL_FAILURE(write_journal(place / "data", ahead));
    const shop_process shop({.data = place / "data", .flags = {"--stock=0"}});
    ASSERT_TRUE(shop.serving()) << shop.output();
    EXPECT_TRUE(contains(shop.output(), "event=ledger_time state=wall_behind")) << shop.output();
    crowd::client asks(shop.endpoint());
    EXPECT_TRUE(contains(asks.get("/api/v1/sales/1")->body, R"("status":"open")"));
    EXPECT_TRUE(contains(asks.get("/metrics")->body, "seckill_ledger_time_state{state=\"wall_behind\"} 1"));
    EXPECT_TRUE(contains(asks.get("/admin/v1/time", shop.token())->body, "accept it"));
  }
}

TEST(clock, a_start_may_accept_a_wall_clock_that_is_behind) {
  const testing::temporary_directory place;
  ASSERT_NO_FATAL_FAILURE(write_journal(place / "data", hour));
  const shop_process shop({.data = place / "data", .flags = {"--stock=0", "--accept-wall-clock"}});
  ASSERT_TRUE(shop.serving()) << shop.output();
  EXPECT_TRUE(contains(shop.output(), "event=ledger_time state=slowing")) << shop.output();
}

TEST(clock, downtime_beyond_its_bound_waits_for_an_operator) {
  const testing::temporary_directory place;
  ASSERT_NO_FATAL_FAILURE(write_journal(place / "data", -2 * hour));
  {
    shop_process shop({.data = place / "data", .flags = {"--stock=0", "--downtime-max-s=3600"}});
    ASSERT_TRUE(shop.serving()) << shop.output();
    EXPECT_TRUE(contains(shop.output(), "event=ledger_time state=wall_ahead")) << shop.output();
    crowd::client asks(shop.endpoint());
    EXPECT_TRUE(contains(asks.get("/api/v1/sales/1")->body, R"("status":"open")")) << "nothing has ended";
    EXPECT_EQ(shop.terminate(), 0);
  }
  for (const char* const flag : {"--accept-wall-clock", "--downtime-max-s=86400"}) {
    shop_process shop({.data = place / "data", .flags = {"--stock=0", "--downtime-max-s=3600", flag}});
    ASSERT_TRUE(shop.serving()) << shop.output();
    EXPECT_FALSE(contains(shop.output(), "event=ledger_time")) << shop.output();
    crowd::client asks(shop.endpoint());
    EXPECT_TRUE(contains(asks.get("/api/v1/sales/1")->body, R"("status":"closed")")) << flag;
    EXPECT_EQ(shop.terminate(), 0);
  }
}

}  // namespace
}  // namespace seckill
