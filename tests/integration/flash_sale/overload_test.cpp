// Crowds that no shop can serve and clients that mean no good, against the process: it refuses early, its memory stays
// bounded, those it lets in are served, and when the storm is over it is over.
#include "bench/crowd/client.hpp"
#include "bench/crowd/driver.hpp"
#include "bench/crowd/plan.hpp"
#include "bench/crowd/shoppers.hpp"
#include "sale_run.hpp"
#include "shop_metric.hpp"
#include "shop_process.hpp"
#include "tests/support/poll.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace seckill {
namespace {

constexpr std::uint64_t mebi = 1024 * 1024;

/// What a storm may cost, whatever it is made of. The bounds of docs/operating/overload.md give less for each of these;
/// a server that kept what it is sent, or what it has to say, would take gigabytes.
constexpr std::uint64_t growth_max = 256 * mebi;

/// A figure of /proc/PID/status, in bytes: VmRSS, or VmHWM, the highest that it ever was.
std::uint64_t memory_of(const shop_process& shop, const std::string& figure) {
  std::ifstream status("/proc/" + std::to_string(shop.pid()) + "/status");
  for (std::string name; status >> name;) {
    std::uint64_t kibi = 0;
    if (name == figure + ":" && status >> kibi) return kibi * 1024;
  }
  ADD_FAILURE() << "no " << figure;
  return 0;
}

double metric(const shop_process& shop, const std::string& series) {
  crowd::client asks(shop.endpoint());
  return seckill::metric(asks, series);
}

int reserve(const shop_process& shop, std::uint32_t buyer) {
  crowd::client client(shop.endpoint());
  char key[40];
  std::snprintf(key, sizeof key, "01234567-89ab-4def-8edc-%012x", buyer);
  const auto said =
      client.post("/api/v1/sales/1/reservations",
                  R"({"buyer":")" + std::to_string(buyer) + R"(","lines":[{"sku":1,"quantity":1}]})", key);
  return said ? said->status : 0;
}

/// Sends what it likes and reads nothing.
class rude_client {
 public:
  explicit rude_client(const crowd::endpoint& to)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  rude_client(rude_client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  rude_client& operator=(rude_client&&) = delete;
  ~rude_client() {
    if (socket_ >= 0) ::close(socket_);
  }

  /// Sends it again and again, `bytes_max` at most, until nobody takes more for a while. How much was taken.
  std::uint64_t push(const std::string& bytes, std::uint64_t bytes_max) const {
    std::uint64_t taken = 0;
    pollfd room{socket_, POLLOUT, 0};
    while (taken < bytes_max && ::poll(&room, 1, 300) == 1) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      taken += static_cast<std::uint64_t>(sent);
    }
    return taken;
  }

 private:
  int socket_;
};

std::string repeated(std::string_view piece, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += piece;
  return all;
}

class overload : public ::testing::Test {
 protected:
  /// A shop that sells, and has done so once: what it needs for itself is there.
  void open(std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--stock=500000", "--opens-in-s=0", "--limit=0", "--ttl-s=3600"});
    shop_.emplace(shop_params{.data = place_ / "data", .flags = std::move(flags)});
    ASSERT_TRUE(shop_->serving()) << shop_->output();
    ASSERT_EQ(reserve(*shop_, 1), 201);
    before_ = memory_of(*shop_, "VmRSS");
  }
  /// Whatever is going on: it lives, it sells, and it has not grown beyond the bound.
  void expect_well(std::uint32_t buyer) {
    EXPECT_EQ(reserve(*shop_, buyer), 201);
    EXPECT_LT(memory_of(*shop_, "VmHWM"), before_ + growth_max);
  }
  void expect_connections_gone() {
    const auto gone = [&] { return metric(*shop_, "seckill_http_connections") == 1; };  // the one that asks
    EXPECT_TRUE(poll_until(gone, shop_process::patience));
  }

  const testing::temporary_directory place_;
  std::optional<shop_process> shop_;
  std::uint64_t before_ = 0;
};

TEST_F(overload, ten_times_what_it_can_serve_is_refused_early_and_over_at_once) {
  open({"--in-flight-max=64"});
  const auto started = std::chrono::steady_clock::now();
  const sale_run calm = sell(
      *shop_, {.buyer_first = 1'000,
               .connections = 32,
               .pay_percent = 0,
               .give_up_percent = 0,
               .enough = [&](const crowd::tally& counts) { return counts.acknowledged.size() >= 2'000; }});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  const double per_s = static_cast<double>(calm.counts.acknowledged.size()) / took.count();

  const crowd::plan storm({.seed = 7,
                           .buyers = 10'000'000,
                           .buyer_first = 1'000'000,
                           .rate_per_s = static_cast<std::uint64_t>(per_s * 10),
                           .skus = {sku_id{1}},
                           .pay_percent = 50});
  crowd::tally counts;
  crowd::driver connections({.to = shop_->endpoint(), .connections = 1'000}, counts);
  ASSERT_TRUE(connections.connect());
  crowd::shoppers people(storm,
                         {.sale = sale_id{1},
                          .host = "shop",
                          .opening_ns = crowd::driver::now_ns(),
                          .duration_ns = 2'000'000'000},
                         counts);
  connections.run(people);

  EXPECT_GT(crowd::count_of(counts.reserves, outcome::reserved), 0U);
  EXPECT_GT(crowd::count_of(counts.reserves, outcome::overloaded), 0U) << "nothing was shed";
  EXPECT_EQ(crowd::count_of(counts.payments, outcome::overloaded), 0U) << "a payment was shed";
  EXPECT_EQ(counts.network_errors, 0U) << "somebody was not answered";
  EXPECT_EQ(counts.violations, std::vector<std::string>{});
  const std::string served = "seckill_http_request_duration_seconds_";
  EXPECT_GE(metric(*shop_, served + R"(bucket{route="reserve",le="1"})"),
            0.99 * metric(*shop_, served + R"(count{route="reserve"})"));
  EXPECT_EQ(metric(*shop_, "seckill_reserves_in_flight"), 0);
  expect_well(2);  // the first who comes after the storm
  const auto audit = audit_of(*shop_, calm.counts.acknowledged.size() + counts.acknowledged.size());
  EXPECT_EQ(crowd::check_balance(audit), std::vector<std::string>{});
}

TEST_F(overload, who_pipelines_and_does_not_read_is_not_read_from) {
  open({});
  const std::string requests = repeated("GET /api/v1/sales/1 HTTP/1.1\r\nHost: shop\r\n\r\n", 4'096);
  constexpr std::uint64_t attempt = 64 * mebi;
  std::vector<rude_client> flood;
  for (int i = 0; i < 10; ++i) {
    flood.emplace_back(shop_->endpoint());
    EXPECT_LT(flood.back().push(requests, attempt), attempt / 2)
        << "it takes requests whose answers nobody takes";
  }
  expect_well(2);
  flood.clear();
  expect_connections_gone();
}

TEST_F(overload, heads_and_bodies_that_never_end_keep_nobody_waiting) {
  open({});
  const std::string head =
      "POST /api/v1/sales/1/reservations HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n";
  const std::string half_a_head = head + "X-Long: " + std::string(7'000, 'a');
  const std::string half_a_body = head + "Content-Length: 65536\r\n\r\n" + std::string(60'000, ' ');
  std::vector<rude_client> slow;
  for (int i = 0; i < 1'000; ++i) {
    const std::string& part = i % 2 == 0 ? half_a_head : half_a_body;
    slow.emplace_back(shop_->endpoint());
    EXPECT_EQ(slow.back().push(part, part.size()), part.size());
  }
  EXPECT_GE(metric(*shop_, "seckill_http_connections"), 1'000);
  expect_well(2);
  slow.clear();
  expect_connections_gone();
}

TEST_F(overload, a_flood_of_connections_that_talk_nonsense_leaves_nothing_behind) {
  open({"--connections-max=200"});
  const std::string nonsense[] = {"\x16\x03\x01\x02\x00\x01\xfc\x03\x03", std::string(100'000, 'A'),
                                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n",
                                  "GET / HTTP/1.1\r\n" + repeated("A: b\r\n", 5'000), ""};
  for (int round = 0; round < 20; ++round) {
    std::vector<rude_client> flood;
    for (int i = 0; i < 300; ++i) {
      flood.emplace_back(shop_->endpoint());
      flood.back().push(nonsense[i % 5], nonsense[i % 5].size());
    }
  }
  expect_connections_gone();
  expect_well(2);
}

}  // namespace
}  // namespace seckill
