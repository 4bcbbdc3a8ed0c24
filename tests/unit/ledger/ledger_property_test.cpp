// Random histories: the ledger agrees with the oracle at every step, its replay and its snapshot are itself
// again.
#include "tests/simulation/model.hpp"
#include "tests/simulation/workload.hpp"
#include "tests/support/bytes_snapshot.hpp"
#include "tests/support/shop.hpp"
#include <seckill/ledger.hpp>

#include <gtest/gtest.h>

#include <map>

namespace seckill {
namespace {

using namespace testing;

reservation_id known_reservation(const model& oracle, workload& any) {
  const auto& all = oracle.reservations();
  if (all.empty() || any.chance(3)) return reservation_id{any.below(100)};
  return std::next(all.begin(), static_cast<std::ptrdiff_t>(any.below(all.size())))->first;
}

bool same(const answer& one, const answer& other) {
  return one.code == other.code && one.replayed == other.replayed && one.reservation == other.reservation &&
         one.sale == other.sale && one.at_ms == other.at_ms;
}

::testing::AssertionResult replays_to(const event_buffer& journal,
                                      const std::vector<std::pair<std::size_t, time_ms>>& times,
                                      const ledger& books, const ledger_params& params) {
  ledger copy(params);
  event fact;
  event_reader reader(journal.bytes(), 1, 0);
  std::size_t at = 0;
  for (std::uint64_t count = 0; !reader.done(); ++count) {
    if (auto read = reader.next(fact); !read) return ::testing::AssertionFailure() << read.error().text;
    while (at + 1 < times.size() && times[at + 1].first <= count) ++at;
    fact.at_ms = times[at].second;
    if (auto applied = copy.apply(fact); !applied)
      return ::testing::AssertionFailure() << applied.error().text;
  }
  if (copy.state_hash() != books.state_hash()) return ::testing::AssertionFailure() << "another state hash";
  return ::testing::AssertionSuccess();
}

struct run {
  ledger_params params;
  bool compare_with_oracle;
  std::map<outcome, int>* reached = nullptr;
};

void random_history(std::uint64_t seed, int steps, const run& how) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  workload any(seed);
  ledger books(how.params);
  model oracle(how.params);
  event_buffer journal;
  std::vector<std::pair<std::size_t, time_ms>> times;  // from which event on it was what time
  time_ms now = 900;

  const auto check = [&](const answer& got, const answer& expected, const std::string& what) {
    if (how.reached != nullptr) ++(*how.reached)[got.code];
    if (!how.compare_with_oracle) return;
    ASSERT_TRUE(same(got, expected)) << what << ": got " << to_string(got.code)
                                     << (got.replayed ? " replayed" : "") << " at " << got.at_ms
                                     << ", expected " << to_string(expected.code)
                                     << (expected.replayed ? " replayed" : "") << " at " << expected.at_ms;
  };

  for (int step = 0; step < steps; ++step) {
    if (any.chance(30)) now += static_cast<time_ms>(any.below(120));
    times.emplace_back(journal.count(), now);
    oracle.advance(now);
    // The oracle has no sweep to lag behind: it runs before each command, as the engine does.
    books.expire(now, 1'000'000, journal);
    oracle.expire();

    if (step < 2) {
      const auto number = static_cast<std::uint64_t>(step) + any.below(workload::definitions - 1);
      const create_sale_command what{
          req(1'000 + static_cast<std::uint64_t>(step)), {}, workload::definition(number)};
      check(books.create_sale(what, now, journal), oracle.create_sale(what), "create_sale");
    } else {
      const command what = any.next(oracle.sales(), [&] { return known_reservation(oracle, any); });
      const answer got = books.execute(what, now, journal);
      check(got, oracle.execute(what, got.reservation), "command " + std::to_string(what.index()));
    }
    if (::testing::Test::HasFatalFailure()) return;

    if (how.compare_with_oracle)
      for (const auto& [sale, sku] : oracle.items()) {
        const auto view = books.find_sale(sale);
        const item_stock& stock = view->items[to_integer(sku) - 1];
        const model::counted_stock counted = oracle.stock(sale, sku);
        ASSERT_EQ(stock.total, counted.total);
        ASSERT_EQ(stock.available, counted.available);
        ASSERT_EQ(stock.held, counted.held);
        ASSERT_EQ(stock.sold, counted.sold);
      }
    if (step % 50 == 0) {
      const auto faults = books.audit();
      ASSERT_TRUE(faults.empty()) << faults.front();
    }
  }

  EXPECT_TRUE(replays_to(journal, times, books, how.params));
  bytes_snapshot stored;
  ASSERT_TRUE(books.save(stored).has_value());
  bytes_snapshot::source source(stored);
  const auto loaded = ledger::load(how.params, source);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().text;
  EXPECT_EQ(loaded->state_hash(), books.state_hash());
  EXPECT_TRUE(loaded->audit().empty());
}

ledger_params small(std::uint32_t remembered) {
  ledger_params params;
  params.stock_max = 30;
  params.remembered_max = remembered;
  params.tombstones_max = 500;
  params.quantity_max = 100;
  params.tombstone_ttl_ms = 700;
  return params;
}

TEST(ledger_property, random_histories_agree_with_the_oracle_at_every_step) {
  std::map<outcome, int> reached;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    random_history(seed, 600, {small(2'000), true, &reached});
    if (HasFatalFailure()) return;
  }
  // A history that never gets somewhere proves nothing about it.
  for (const outcome code : all_outcomes()) {
    if (is_transient(code) || code == outcome::sale_exists) continue;
    EXPECT_GE(reached[code], 20) << to_string(code);
  }
}

TEST(ledger_property, invariants_and_replay_hold_when_memory_is_so_short_that_everything_is_forgotten) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    ledger_params params = small(static_cast<std::uint32_t>(seed % 4));
    params.tombstones_max = 1 + static_cast<std::uint32_t>(seed % 3);
    params.operator_requests_max = 1 + static_cast<std::uint32_t>(seed % 5);
    random_history(seed, 600, {params, false});
    if (HasFatalFailure()) return;
  }
}

TEST(ledger_property, the_hash_seed_never_shows) {
  const auto hash_with = [](std::uint64_t hash_seed) {
    ledger_params params = small(10);
    params.hash_seed = hash_seed;
    shop s(params);
    const sale_id sale = s.open_sale(sale_of({{1, 20}}));
    for (std::uint64_t i = 1; i < 100; ++i) {
      const answer held = s.reserve(sale, i % 7 + 1, {{sku_id{1}, 1}}, req(i % 40));
      if (i % 3 == 0) s.cancel(held.reservation);
      if (i % 5 == 0) s.confirm(held.reservation, "p");
    }
    return s.books.state_hash();
  };
  EXPECT_EQ(hash_with(1), hash_with(0xdeadbeef));
}

// --- what is stored is not trusted ---

class stored_shop : public ::testing::Test {
 protected:
  stored_shop() : params_(small(5)), shop_(params_) {
    const sale_id sale = shop_.open_sale(sale_of({{1, 10}, {2, 10}}));
    for (std::uint64_t i = 1; i <= 6; ++i) {
      const answer held = shop_.reserve(sale, i, {{sku_id{1}, 1}, {sku_id{2}, 1}});
      if (i % 3 == 0) shop_.cancel(held.reservation);
      if (i % 3 == 1) shop_.confirm(held.reservation, "p");
    }
    shop_.cancel_request(sale, req(9));
    EXPECT_TRUE(shop_.books.save(stored_).has_value());
  }
  result<ledger> load(const bytes_snapshot& from, const ledger_params& params) {
    bytes_snapshot::source source(from);
    return ledger::load(params, source);
  }

  ledger_params params_;
  shop shop_;
  bytes_snapshot stored_;
};

TEST_F(stored_shop, a_snapshot_with_any_bit_flipped_is_refused_or_consistent) {
  for (std::size_t bit = 0; bit < stored_.chunks[0].size() * 8; ++bit) {
    bytes_snapshot bad = stored_;
    bad.chunks[0][bit / 8] ^= std::byte{1} << (bit % 8);
    const auto loaded = load(bad, params_);
    if (!loaded) continue;
    const auto faults = loaded->audit();
    ASSERT_TRUE(faults.empty()) << "bit " << bit << ": " << faults.front();
  }
}

TEST_F(stored_shop, a_snapshot_that_ends_early_or_goes_on_is_refused) {
  for (std::size_t size = 0; size < stored_.chunks[0].size(); ++size) {
    bytes_snapshot bad = stored_;
    bad.chunks[0].resize(size);
    ASSERT_FALSE(load(bad, params_).has_value()) << size;
  }
  bytes_snapshot bad = stored_;
  bad.chunks.push_back({std::byte{0}});
  EXPECT_EQ(load(bad, params_).error().code, errc::corrupt_data);
}

TEST_F(stored_shop, a_failure_to_read_is_told_as_that_wherever_it_comes) {
  class failing_source final : public snapshot_source {
   public:
    failing_source(const bytes_snapshot& from, std::size_t good_reads)
        : from_(from), good_reads_(good_reads) {}
    result<std::span<const std::byte>> read() override {
      if (good_reads_-- == 0) return make_error(errc::read_failed, "disk");
      return from_.read();
    }

   private:
    bytes_snapshot::source from_;
    std::size_t good_reads_;
  };
  // The last read only finds the end; taken for damage, it would condemn a good snapshot.
  for (std::size_t good_reads = 0; good_reads <= stored_.chunks.size(); ++good_reads) {
    failing_source source(stored_, good_reads);
    EXPECT_EQ(ledger::load(params_, source).error().code, errc::read_failed) << good_reads;
  }
}

TEST_F(stored_shop, bounds_may_grow_and_shrink_as_far_as_the_state_fits) {
  ledger_params larger = params_;
  larger.stock_max *= 10;
  larger.operator_requests_max *= 10;
  EXPECT_TRUE(load(stored_, larger).has_value());
  ledger_params smaller = params_;
  smaller.stock_max = 19;
  const auto refused = load(stored_, smaller);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, errc::capacity_exceeded);
  EXPECT_NE(refused.error().text.find("stock_max must be at least 20"), std::string::npos)
      << refused.error().text;
}

TEST_F(stored_shop, another_shard_s_snapshot_is_refused) {
  ledger_params other = params_;
  other.shard_count = 2;
  EXPECT_EQ(load(stored_, other).error().code, errc::invalid_argument);
}

TEST_F(stored_shop, facts_that_contradict_the_state_are_refused) {
  const std::uint64_t next = shop_.books.last_sequence() + 1;
  const std::uint64_t hash = shop_.books.state_hash();
  const auto refused = [&](event_body body) {
    const auto applied = shop_.books.apply({next, shop_.now, std::move(body)});
    return !applied && applied.error().code == errc::corrupt_data;
  };
  EXPECT_TRUE(refused(reservation_expired{reservation_id{1}}));
  EXPECT_TRUE(refused(reservation_cancelled{reservation_id{99}}));
  EXPECT_TRUE(refused(reservation_confirmed{reservation_id{99}, pay("p"), {}, false}));
  EXPECT_TRUE(refused(payment_unfulfilled{reservation_id{99}, pay("p")}));
  EXPECT_TRUE(refused(units_reserved{sale_id{1}, reservation_id{1}, buyer_id{1}, req(5), {{sku_id{1}, 1}}}));
  EXPECT_TRUE(refused(
      units_reserved{sale_id{9}, reservation_id{(1ULL << 32U) + 8}, buyer_id{1}, req(5), {{sku_id{1}, 1}}}));
  EXPECT_TRUE(refused(stock_changed{req(5), sale_id{1}, sku_id{1}, -1'000}));
  EXPECT_TRUE(refused(sale_switched{req(5), sale_id{9}, sale_switch::paused}));
  EXPECT_EQ(shop_.books.apply({next + 1, shop_.now, reservation_expired{}}).error().code, errc::missing_data);
  EXPECT_EQ(shop_.books.state_hash(), hash);
}

}  // namespace
}  // namespace seckill
