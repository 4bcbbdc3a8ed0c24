// Data directories that the last program of format 1 wrote: tests/data/format_1/README.md.
#include "tests/support/temporary_directory.hpp"
#include <seckill/engine.hpp>
#include <seckill/order_service.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>
#include <seckill/rocksdb/rocksdb_order_store.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

using lines_of_text = std::vector<std::string>;  // sorted: the order of a page is another test's matter

lines_of_text read_lines(const std::string& file, std::string_view but_not) {
  lines_of_text found;
  std::ifstream from(file);
  for (std::string each; std::getline(from, each);)
    if (!each.starts_with(but_not)) found.push_back(each);
  std::ranges::sort(found);
  return found;
}

std::string hexadecimal(request_id request) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(request.high),
                static_cast<unsigned long long>(request.low));
  return text.data();
}

std::string describe(const order& each) {
  std::ostringstream text;
  text << "order " << to_integer(each.reservation) << " sale " << to_integer(each.sale) << " buyer "
       << to_integer(each.buyer) << " request " << hexadecimal(each.request) << ' ' << to_string(each.status)
       << " amount " << each.amount_minor << " created " << each.created_at_ms << " updated "
       << each.updated_at_ms << " payment " << (each.payment.empty() ? "-" : each.payment.view()) << " lines";
  for (const line& of : each.lines) text << ' ' << to_integer(of.sku) << 'x' << of.quantity;
  return text.str();
}

class format_1_test : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string archive = data("tar.gz");
    const std::string command = "tar -xzf '" + archive + "' -C '" + root_.path().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << archive;
    open();
  }

  void open() {
    engine_params params;
    params.ledger.stock_max = 10'000;
    params.ledger.remembered_max = 100;
    params.ledger.tombstones_max = 100;
    params.ledger.operator_requests_max = 100;
    params.snapshot_every_events = 0;
    std::vector<std::unique_ptr<journal>> journals;
    for (int shard = 0; fs::exists(root_ / ("journal-" + std::to_string(shard))); ++shard) {
      auto opened = open_rocksdb_journal({.directory = root_ / ("journal-" + std::to_string(shard))});
      ASSERT_TRUE(opened) << opened.error().text;
      journals.push_back(std::move(*opened));
    }
    auto shop = engine::open(params, std::move(journals), clock_);
    ASSERT_TRUE(shop) << shop.error().text;
    shop_ = std::move(*shop);
    auto store = open_rocksdb_order_store({.directory = root_ / "orders"});
    ASSERT_TRUE(store) << store.error().text;
    store_ = std::move(*store);
    auto orders = order_service::start(*shop_, *store_);
    ASSERT_TRUE(orders) << orders.error().text;
    orders_ = std::move(*orders);
  }

  void close() {
    orders_.reset();
    shop_.reset();
    store_.reset();
  }

  [[nodiscard]] static std::string data(const std::string& extension) {
    return std::string(SECKILL_FORMAT_1_DATA "/") + GetParam() + "." + extension;
  }

  [[nodiscard]] lines_of_text describe_everything() const {
    std::ostringstream text;
    const engine_stats stats = shop_->stats();
    for (std::size_t i = 0; i < stats.shards.size(); ++i)
      text << "shard " << i << " last_sequence " << stats.shards[i].last_sequence << '\n';
    for (const sale_id id : shop_->sales()) {
      const board_sale sale = shop_->find_sale(id).value();
      text << "sale " << to_integer(id) << ' ' << sale.definition->title << " switch "
           << static_cast<int>(sale.position) << " opens " << sale.definition->opens_at_ms << '\n';
      for (std::size_t i = 0; i < sale.items.size(); ++i)
        text << "item " << to_integer(id) << ' ' << to_integer(sale.definition->items[i].sku) << " total "
             << sale.items[i].total << " available " << sale.items[i].available << " held "
             << sale.items[i].held << " sold " << sale.items[i].sold << '\n';
    }
    text << "orders";
    for (const std::uint64_t count : store_->counts().value()) text << ' ' << count;
    text << '\n';
    for (std::uint64_t buyer = 1001; buyer <= 1006; ++buyer)
      for (const order& each : store_->of_buyer(buyer_id{buyer}, 100, {}).value())
        text << describe(each) << '\n';
    lines_of_text found;
    std::istringstream from(text.str());
    for (std::string each; std::getline(from, each);) found.push_back(each);
    std::ranges::sort(found);
    return found;
  }

  temporary_directory root_;
  manual_time_source clock_{1'700'000'240'004};  // "now" in the recorded text
  std::unique_ptr<engine> shop_;
  std::unique_ptr<order_store> store_;
  std::unique_ptr<order_service> orders_;
};

TEST_P(format_1_test, everything_that_was_recorded_is_found) {
  EXPECT_EQ(describe_everything(), read_lines(data("txt"), "now "));
}

TEST_P(format_1_test, what_is_written_on_is_found_after_another_start) {
  const answer reserved = shop_->execute(reserve_command{.request = {5, 1},
                                                         .sale = sale_id{1},
                                                         .buyer = buyer_id{7},
                                                         .lines = {{.sku = sku_id{1}, .quantity = 1}}});
  ASSERT_EQ(reserved.code, outcome::reserved);
  close();
  open();
  const answer again = shop_->execute(reserve_command{.request = {5, 1},
                                                      .sale = sale_id{1},
                                                      .buyer = buyer_id{7},
                                                      .lines = {{.sku = sku_id{1}, .quantity = 1}}});
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.reservation, reserved.reservation);
}

INSTANTIATE_TEST_SUITE_P(directories, format_1_test,
                         ::testing::Values("one_shard", "two_shards", "with_snapshot"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace seckill::testing
