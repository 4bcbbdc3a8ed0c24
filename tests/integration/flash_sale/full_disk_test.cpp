// A disk without room: the shop says that it cannot, loses nothing, and goes on when there is room again.
#include "bench/crowd/client.hpp"
#include "sale_run.hpp"
#include "shop_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <sys/mount.h>
#include <vector>

namespace seckill {
namespace {

std::vector<std::string> flags() {
  return {"--stock=1000000", "--stock-max=1000000", "--opens-in-s=0",
          "--ttl-s=3600",    "--limit=1",           "--remembered-max=1000"};
}

// Sells until the shop says that it is unavailable; then it must refuse with a 503 and go on answering
// questions.
sale_run sell_until_unavailable(const shop_process& shop) {
  sale_run run = sell(shop, {.buyers = 1'000'000,
                             .connections = 64,
                             .pay_percent = 0,
                             .give_up_percent = 0,
                             .enough = [](const crowd::tally& counts) {
                               return crowd::count_of(counts.reserves, outcome::unavailable) > 0;
                             }});
  EXPECT_GT(crowd::count_of(run.counts.reserves, outcome::unavailable), 0U);
  EXPECT_GT(run.counts.acknowledged.size(), 0U);

  crowd::client asks(shop.endpoint());
  const auto refused =
      asks.post("/api/v1/sales/1/reservations", R"({"buyer":"1","lines":[{"sku":1,"quantity":1}]})",
                "01234567-89ab-4def-8edc-ba9876543210");
  const auto sale = asks.get("/api/v1/sales/1");
  const auto ready = asks.get("/readyz");
  if (!refused || !sale || !ready) {
    ADD_FAILURE() << "no answer from the shop: " << shop.output();
    return run;
  }
  EXPECT_EQ(refused->status, 503);
  EXPECT_GT(refused->retry_after_s, 0U);
  EXPECT_NE(refused->body.find("unavailable"), std::string::npos);
  EXPECT_EQ(sale->status, 200);
  EXPECT_EQ(ready->status, 503);
  return run;
}

void goes_on_after_restart(const std::string& data, sale_run& run) {
  const shop_process shop({.data = data, .flags = flags()});
  ASSERT_TRUE(shop.serving()) << shop.output();
  EXPECT_EQ(check_acknowledged(shop, run), std::vector<std::string>{});
  const std::uint64_t told = run.counts.acknowledged.size();
  EXPECT_EQ(crowd::check_balance(audit_of(shop, told)), std::vector<std::string>{});
  const sale_run further = sell(shop, {.buyers = 100, .seed = 2, .buyer_first = 10'000'000});
  EXPECT_EQ(further.counts.acknowledged.size(), 100U);
}

TEST(full_disk, files_that_cannot_grow_stop_the_sale_and_lose_nothing) {
  const testing::temporary_directory place;
  sale_run run;
  {
    shop_process shop({.data = place / "data", .flags = flags(), .file_size_max = std::uint64_t{2} << 20U});
    ASSERT_TRUE(shop.serving()) << shop.output();
    run = sell_until_unavailable(shop);
    EXPECT_TRUE(shop.terminate().has_value()) << shop.output();
  }
  goes_on_after_restart(place / "data", run);
}

// A file system of its own, as small as a full disk; for root.
class small_disk {
 public:
  explicit small_disk(const std::string& at) : at_(at) {
    std::filesystem::create_directory(at_);
    mounted_ = ::mount("none", at_.c_str(), "tmpfs", 0, "size=16m") == 0;
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const noexcept { return mounted_; }
  [[nodiscard]] bool grow() const {
    return ::mount("none", at_.c_str(), "tmpfs", MS_REMOUNT, "size=512m") == 0;
  }

 private:
  std::string at_;
  bool mounted_ = false;
};

TEST(full_disk, no_space_left_stops_the_sale_and_loses_nothing) {
  const testing::temporary_directory place;
  const small_disk disk(place / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small disk needs root";
  sale_run run;
  {
    shop_process shop({.data = place / "disk" + "/data", .flags = flags()});
    ASSERT_TRUE(shop.serving()) << shop.output();
    run = sell_until_unavailable(shop);
    EXPECT_TRUE(shop.terminate().has_value()) << shop.output();
  }
  ASSERT_TRUE(disk.grow());
  goes_on_after_restart(place / "disk" + "/data", run);
}

}  // namespace
}  // namespace seckill
