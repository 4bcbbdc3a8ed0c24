#include "web_address.hpp"

#include <gtest/gtest.h>

namespace flash_sale {
namespace {

TEST(web_address, an_ipv6_address_stands_in_brackets) {
  EXPECT_EQ(web_address("::1", 8080), "http://[::1]:8080/");
  EXPECT_EQ(web_address("2001:db8::1", 80), "http://[2001:db8::1]:80/");
}

TEST(web_address, names_and_ipv4_addresses_stand_as_they_are) {
  EXPECT_EQ(web_address("127.0.0.1", 8080), "http://127.0.0.1:8080/");
  EXPECT_EQ(web_address("localhost", 65'535), "http://localhost:65535/");
}

}  // namespace
}  // namespace flash_sale
