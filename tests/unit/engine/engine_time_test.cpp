// One ledger time for the ledger, the board and whoever shows it, whatever the wall clock does.
#include "tests/support/house.hpp"

#include <string>

namespace seckill {
namespace {

using namespace testing;

constexpr time_ms hour = 3'600'000;
constexpr time_ms year = 365 * 24 * hour;
const basket one_a{{sku_id{1}, 1}};

/// Open for two centuries, so that only holds end.
sale_definition long_sale(std::uint32_t stock) {
  sale_definition sale = sale_of({{1, stock}});
  sale.closes_at_ms = 200 * year;
  return sale;
}

reservation_state state_of(house& h, const answer& held) {
  return h.works->find(held.reservation).value()->state;
}

time_state alarm_of(const house& h) { return h.works->stats().time.state; }

TEST(engine_time, no_step_of_the_wall_clock_ends_a_hold) {
  for (const time_ms step : {hour, year, 50 * year, -hour, -50 * year}) {
    house h;
    const sale_id sale = h.open_sale(long_sale(1));
    const answer held = h.reserve(sale, 1);
    h.time.step_wall(step);
    h.works->tick();
    EXPECT_EQ(h.works->now_ms(), opens) << step;
    EXPECT_EQ(h.reserve(sale, 2).code, outcome::all_held) << step;
    EXPECT_EQ(state_of(h, held), reservation_state::held);
    EXPECT_EQ(alarm_of(h), step > 0 ? time_state::wall_ahead : time_state::wall_behind);

    h.time.advance(ttl - 1);
    h.works->tick();
    EXPECT_EQ(state_of(h, held), reservation_state::held) << "a hold lasts its time";
    h.time.advance(1);
    h.works->tick();
    EXPECT_EQ(state_of(h, held), reservation_state::expired) << "and no longer";
    EXPECT_EQ(h.reserve(sale, 2).code, outcome::reserved);
  }
}

TEST(engine_time, a_step_and_a_step_back_leave_nothing_behind) {
  house h;
  sale_definition definition = sale_of({{1, 10}});
  const sale_id sale = h.open_sale(definition);
  h.time.step_wall(hour);
  h.works->tick();
  EXPECT_EQ(h.reserve(sale, 1).at_ms, opens + ttl);
  h.time.advance(2);
  h.time.step_wall(-hour);
  h.works->tick();
  EXPECT_EQ(alarm_of(h), time_state::following);
  EXPECT_EQ(h.works->stats().time.alarms, 1U);
  EXPECT_EQ(h.reserve(sale, 2).at_ms, opens + 2 + ttl) << "its hold ends when it should";
  h.reopen();
  EXPECT_EQ(h.works->now_ms(), opens + 2);
  EXPECT_EQ(h.reserve(sale, 3).at_ms, opens + 2 + ttl) << "also after a restart";
}

TEST(engine_time, an_operator_may_accept_the_wall_clock_ahead) {
  house h;
  const sale_id sale = h.open_sale(long_sale(1));
  const answer held = h.reserve(sale, 1);
  h.time.step_wall(hour);
  h.works->tick();
  const time_status accepted = h.works->accept_wall_clock();
  EXPECT_EQ(accepted.state, time_state::following);
  EXPECT_EQ(accepted.ledger_ms, opens + hour);
  EXPECT_EQ(h.works->now_ms(), opens + hour);
  EXPECT_EQ(state_of(h, held), reservation_state::expired);
}

TEST(engine_time, an_operator_may_accept_the_wall_clock_behind) {
  house h;
  const sale_id sale = h.open_sale(long_sale(2));
  h.time.step_wall(-hour);
  EXPECT_EQ(h.works->accept_wall_clock().state, time_state::slowing);
  const answer held = h.reserve(sale, 1);
  h.time.advance(ttl);
  h.works->tick();
  EXPECT_EQ(state_of(h, held), reservation_state::held) << "it runs one in a hundred slower";
  h.time.advance(ttl / 50);
  h.works->tick();
  EXPECT_EQ(state_of(h, held), reservation_state::expired);
  for (int i = 0; i < 101; ++i) {
    h.time.advance(hour);
    h.works->tick();
  }
  EXPECT_EQ(alarm_of(h), time_state::following);
  EXPECT_EQ(h.works->now_ms(), h.time.wall_ms());
}

TEST(engine_time, downtime_counts_up_to_its_bound) {
  house h;
  const sale_id sale = h.open_sale(long_sale(1));
  const answer held = h.reserve(sale, 1);
  h.works.reset();
  h.time.step_wall(hour);
  h.open();
  h.works->tick();
  EXPECT_EQ(h.works->now_ms(), opens + hour);
  EXPECT_EQ(state_of(h, held), reservation_state::expired);
}

TEST(engine_time, a_restart_does_not_make_a_wrong_clock_right) {
  for (const time_ms wrong : {hour, year, -hour, -year}) {
    house h;
    const sale_id sale = h.open_sale(long_sale(2));
    h.time.step_wall(wrong);
    h.works->tick();
    const answer held = h.reserve(sale, 1);
    h.works.reset();
    h.time.advance(ttl - 1);  // it was down so long
    h.open();
    EXPECT_EQ(h.works->now_ms(), opens + ttl - 1) << wrong;
    EXPECT_EQ(alarm_of(h), wrong > 0 ? time_state::wall_ahead : time_state::wall_behind);
    EXPECT_EQ(state_of(h, held), reservation_state::held) << wrong;
    h.time.advance(1);
    h.works->tick();
    EXPECT_EQ(state_of(h, held), reservation_state::expired) << "downtime counts as ever";

    h.works.reset();
    h.time.step_wall(-wrong);  // corrected while it was down
    h.open();
    // A clock that was an hour behind and was set right meanwhile looks like an hour of downtime, and counts as that.
    const time_ms downtime = wrong == -hour ? hour : 0;
    EXPECT_EQ(alarm_of(h), downtime == 0 ? time_state::following : time_state::wall_behind);
    EXPECT_EQ(h.works->now_ms(), opens + ttl + downtime);
  }
}

TEST(engine_time, beyond_it_the_engine_does_not_guess) {
  for (const time_ms gap : {8 * 24 * hour, 30 * year}) {
    house h;
    const sale_id sale = h.open_sale(long_sale(1));
    const answer held = h.reserve(sale, 1);
    h.works.reset();
    h.time.step_wall(gap);
    std::vector<time_status> told;
    h.params.time.on_change = [&](const time_status& now) { told.push_back(now); };
    h.open();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].state, time_state::wall_ahead);
    EXPECT_EQ(told[0].difference_ms(), gap);
    EXPECT_EQ(h.works->now_ms(), opens);
    EXPECT_EQ(state_of(h, held), reservation_state::held);
    EXPECT_EQ(h.works->accept_wall_clock().ledger_ms, opens + gap);
    EXPECT_EQ(told.back().state, time_state::following);
    EXPECT_EQ(state_of(h, held), reservation_state::expired);
  }
}

TEST(engine_time, a_start_may_accept_the_wall_clock) {
  house h;
  const sale_id sale = h.open_sale(long_sale(1));
  const answer held = h.reserve(sale, 1);
  h.works.reset();
  h.time.step_wall(year);
  h.params.time.accept_wall_clock = true;
  h.open();
  h.works->tick();
  EXPECT_EQ(h.works->now_ms(), opens + year);
  EXPECT_EQ(state_of(h, held), reservation_state::expired);
}

TEST(engine_time, a_journal_ahead_of_the_wall_clock_sells_and_holds_as_ever) {
  for (const time_ms ahead : {hour, 30 * year}) {
    house h;
    h.time.set(opens + ahead);
    h.works->tick();
    const sale_id sale = h.open_sale(long_sale(1));
    h.works.reset();
    h.time.step_wall(-ahead);
    h.open();
    EXPECT_EQ(alarm_of(h), time_state::wall_behind);
    EXPECT_EQ(h.works->now_ms(), opens + ahead);
    const answer held = h.reserve(sale, 1);
    EXPECT_EQ(held.at_ms, opens + ahead + ttl);
    EXPECT_EQ(h.reserve(sale, 2).code, outcome::all_held);
    h.time.advance(ttl);
    h.works->tick();
    EXPECT_EQ(state_of(h, held), reservation_state::expired) << "a new hold lasts its time, not " << ahead;
    h.reopen();
    EXPECT_EQ(h.works->now_ms(), opens + ahead + ttl) << "it goes on from there after a restart as well";
  }
}

TEST(engine_time, all_shards_have_the_time_of_the_latest) {
  house h(small_engine(), 2);
  const sale_id first = h.open_sale(long_sale(1), sale_id{1});
  h.time.set(opens + hour);
  h.works->tick();
  const sale_id second = h.open_sale(long_sale(1), sale_id{2});
  h.works.reset();
  h.time.step_wall(-2 * hour);
  h.open();
  EXPECT_EQ(h.works->now_ms(), opens + hour);
  EXPECT_EQ(h.reserve(first, 1).at_ms, opens + hour + ttl) << "though its own journal ends earlier";
  EXPECT_EQ(h.reserve(second, 1).at_ms, opens + hour + ttl);
}

TEST(engine_time, the_board_and_the_ledger_agree_at_the_closing) {
  house h;
  const sale_id sale = h.open_sale(sale_of({{1, 10}}));
  h.time.step_wall(closes);  // the wall clock is beyond the closing, ledger time is not
  h.works->tick();
  EXPECT_FALSE(h.works->board(0).refuse({req(1), sale, buyer_id{1}, one_a}, h.works->now_ms()));
  EXPECT_EQ(h.reserve(sale, 1).code, outcome::reserved);
  h.time.advance(closes - opens);
  h.works->tick();
  EXPECT_EQ(h.works->board(0).refuse({req(2), sale, buyer_id{1}, one_a}, h.works->now_ms())->code,
            outcome::sale_closed);
  EXPECT_EQ(h.reserve(sale, 2).code, outcome::sale_closed);
}

TEST(engine_time, a_bad_parameter_is_named) {
  const auto refusal = [](auto change) {
    house h;
    change(h.params.time);
    h.works.reset();
    const auto opened = h.try_open();
    return opened ? std::string("it opened") : opened.error().text;
  };
  EXPECT_NE(refusal([](time_params& p) { p.step_max_ms = -1; }).find("step_max_ms"), std::string::npos);
  EXPECT_NE(refusal([](time_params& p) { p.step_max_ms = 3'600'001; }).find("step_max_ms"),
            std::string::npos);
  EXPECT_NE(refusal([](time_params& p) { p.downtime_max_ms = -1; }).find("downtime_max_ms"),
            std::string::npos);
  EXPECT_NE(refusal([](time_params& p) { p.slew_one_in = 9; }).find("slew_one_in"), std::string::npos);
}

}  // namespace
}  // namespace seckill
