#include "server/client_address.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

namespace seckill::http {
namespace {

std::uint64_t key(const char* peer, std::optional<std::string_view> forwarded_for,
                  const std::vector<std::string>& trusted = {"127.0.0.0/8", "10.0.0.0/8", "fd00::/8"}) {
  const trusted_proxies proxies = trusted_proxies::parse(trusted).value();
  return client_key(find_peer(boost::asio::ip::make_address(peer), proxies), forwarded_for, proxies);
}

TEST(client_address, a_stranger_is_believed_nothing) {
  EXPECT_NE(key("192.0.2.1", ""), 0U);
  EXPECT_EQ(key("192.0.2.1", "198.51.100.7"), key("192.0.2.1", ""));
  EXPECT_NE(key("192.0.2.1", ""), key("192.0.2.2", ""));
}

TEST(client_address, a_proxy_says_whom_it_serves) {
  EXPECT_EQ(key("10.1.2.3", "198.51.100.7"), key("198.51.100.7", ""));
  EXPECT_EQ(key("fd00::1", " 198.51.100.7 "), key("198.51.100.7", ""));
}

TEST(client_address, what_the_client_itself_wrote_is_not_looked_at) {
  EXPECT_EQ(key("10.1.2.3", "1.1.1.1, 198.51.100.7"), key("198.51.100.7", ""));
  EXPECT_EQ(key("10.1.2.3", "nonsense, 198.51.100.7, 10.9.9.9,127.0.0.1"), key("198.51.100.7", ""));
}

TEST(client_address, a_proxy_that_sends_no_list_asks_for_itself) {
  EXPECT_EQ(key("127.0.0.1", std::nullopt), 0U);
  EXPECT_NE(key("192.0.2.1", std::nullopt), 0U);
}

TEST(client_address, a_list_without_a_client_counts_against_the_farthest_hop_that_is_believed) {
  EXPECT_EQ(key("127.0.0.1", "10.0.0.1, 127.0.0.2"), key("10.0.0.1", "x"));
  EXPECT_EQ(key("127.0.0.1", "10.0.0.1"), key("10.0.0.1", "x"));
  EXPECT_EQ(key("127.0.0.1", "unknown, 10.0.0.2"), key("10.0.0.2", "x"));
  for (const char* useless :
       {"", " ", ",", "unknown", "198.51.100.7.8", "[", "::1::", "1.2.3.4 5.6.7.8", "\"_x\""}) {
    EXPECT_NE(key("127.0.0.1", useless), 0U) << useless;
    EXPECT_EQ(key("127.0.0.1", useless), key("127.0.0.1", "unknown")) << useless;
  }
}

TEST(client_address, empty_elements_of_the_list_say_nothing) {
  EXPECT_EQ(key("127.0.0.1", "198.51.100.7,"), key("198.51.100.7", ""));
  EXPECT_EQ(key("127.0.0.1", "198.51.100.7, , 10.0.0.1,,"), key("198.51.100.7", ""));
}

TEST(client_address, a_chain_without_end_is_followed_for_a_while) {
  std::string chain = "198.51.100.7";
  for (int i = 0; i < 100; ++i) chain += ",10.0.0.1";
  EXPECT_EQ(key("127.0.0.1", chain), key("10.0.0.1", "x"));
}

TEST(client_address, ports_and_brackets_of_proxies_are_understood) {
  EXPECT_EQ(key("10.1.2.3", "198.51.100.7:51234"), key("198.51.100.7", ""));
  EXPECT_EQ(key("10.1.2.3", "[2001:db8::5]:51234"), key("2001:db8::5", ""));
  EXPECT_EQ(key("10.1.2.3", "2001:db8::5"), key("2001:db8::5", ""));
  EXPECT_EQ(key("10.1.2.3", "[2001:db8::5"), key("10.1.2.3", "x")) << "a bracket must be closed";
  EXPECT_EQ(key("10.1.2.3", "[2001:db8::5]x"), key("10.1.2.3", "x"));
}

TEST(client_address, an_ipv6_client_is_its_network_of_64_bits) {
  EXPECT_EQ(key("2001:db8:1:2:3::4", ""), key("2001:db8:1:2:ffff::1", ""));
  EXPECT_NE(key("2001:db8:1:2::1", ""), key("2001:db8:1:3::1", ""));
}

TEST(client_address, an_ipv4_client_is_the_same_through_an_ipv6_socket) {
  EXPECT_EQ(key("::ffff:192.0.2.1", ""), key("192.0.2.1", ""));
  EXPECT_EQ(key("::ffff:10.0.0.1", "198.51.100.7"), key("198.51.100.7", ""));
}

TEST(client_address, a_network_is_no_wider_than_it_says) {
  EXPECT_EQ(key("192.0.2.1", "198.51.100.7", {"192.0.2.1"}), key("198.51.100.7", ""));
  EXPECT_EQ(key("192.0.2.2", "198.51.100.7", {"192.0.2.1"}), key("192.0.2.2", ""));
  EXPECT_EQ(key("192.0.2.1", "198.51.100.7", {}), key("192.0.2.1", ""));
}

TEST(client_address, what_is_no_network_is_named) {
  for (const char* wrong : {"", "10.0.0.0/33", "10.0.0.0/x", "localhost", "::/129"}) {
    const auto refused = trusted_proxies::parse({"127.0.0.1", wrong});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, errc::invalid_argument);
    EXPECT_NE(refused.error().text.find('"' + std::string(wrong) + '"'), std::string::npos);
  }
}

}  // namespace
}  // namespace seckill::http
