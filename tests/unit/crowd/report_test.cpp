#include "report.hpp"

#include "progress.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>

namespace seckill::crowd {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

run_result a_run() {
  run_result run;
  run.crowd.buyers = 1'000;
  run.crowd.rate_per_s = 500;
  run.connections = 4;
  run.sale.id = sale_id{3};
  run.sale.title = "Tickets";
  run.sale.items = {{.sku = sku_id{1}, .title = "A", .total = 10, .available = 0, .held = 1, .sold = 9}};
  run.elapsed_ns = 2 * second;
  return run;
}

tally some_counts() {
  tally counts;
  counts.arrived = 1'000;
  counts.reserves[static_cast<std::size_t>(outcome::reserved)] = 10;
  counts.reserves[static_cast<std::size_t>(outcome::sold_out)] = 990;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    counts.acknowledged.push_back({.reservation = reservation_id{i}, .index = i, .then = fate::paid});
    counts.accepted.record(i * 1'000'000);
  }
  counts.unexpected[500] = 2;
  counts.violation("reservation 7 was given to two requests");
  return counts;
}

TEST(report, people_read_outcomes_latencies_stock_and_what_was_broken) {
  const std::string text = to_text(a_run(), some_counts());
  for (const std::string_view part : {"open loop at 500/s", "sold_out", "990", "p99.99", "reserve, accepted",
                                      "HTTP 500", "sku 1", "BROKEN      reservation 7"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  }
}

TEST(report, a_closed_loop_says_so) {
  run_result run = a_run();
  run.crowd.rate_per_s = 0;
  EXPECT_NE(to_text(run, some_counts()).find("closed loop"), std::string::npos);
}

TEST(report, programs_read_the_same_numbers) {
  const boost::json::value document = boost::json::parse(to_json(a_run(), some_counts()));
  EXPECT_EQ(document.at("answers").at("reserve").at("sold_out").to_number<int>(), 990);
  EXPECT_EQ(document.at("latency").at("accepted").at("count").to_number<int>(), 10);
  EXPECT_EQ(document.at("acknowledged_paid").to_number<int>(), 10);
  EXPECT_EQ(document.at("crowd").at("loop").as_string(), "open");
  EXPECT_EQ(document.at("sale").at("items").at(0).at("sold").to_number<int>(), 9);
  EXPECT_EQ(document.at("violation_count").to_number<int>(), 1);
}

TEST(report, numbers_are_grouped_and_latencies_have_microseconds) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1 234 567");
  EXPECT_EQ(milliseconds(1'234'567), "1.234");
  EXPECT_EQ(milliseconds(7'000), "0.007");
}

TEST(progress, counts_down_to_the_opening_and_then_shows_how_it_goes) {
  const tally counts = some_counts();
  EXPECT_EQ(progress_line(counts, 2'000, 5 * second, 3 * second, 100, true), "the sale opens in 2.0 s");
  EXPECT_EQ(progress_line(counts, 2'000, second, 3 * second, 100, true),
            "[##########..........] 50% arrived, 10 reserved, 990 refused, 10 paid");
  EXPECT_EQ(progress_line(counts, 2'000, second, 3 * second, 11, false), "50% arrived");
}

}  // namespace
}  // namespace seckill::crowd
