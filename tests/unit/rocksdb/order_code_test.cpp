#include "order_code.hpp"

#include <gtest/gtest.h>

namespace seckill::testing {
namespace {

order full_order() {
  order made;
  made.reservation = reservation_id{0x0102030405060708};
  made.sale = sale_id{0x1112131415161718};
  made.buyer = buyer_id{0x2122232425262728};
  made.request = {0x3132333435363738, 0x4142434445464748};
  made.lines = {{sku_id{0x51525354}, 0x61626364}, {sku_id{1}, 2}};
  made.amount_minor = 0x7172737475767778;
  made.currency = {'U', 'S', 'D'};
  made.status = order_status::paid;
  made.payment = *payment_id::from("pay-1");
  made.created_at_ms = 0x0182838485868788;
  made.updated_at_ms = 0x0192939495969798;
  return made;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(order_code, the_stored_form_is_stable) {
  const std::string bytes = encode_order(full_order());
  ASSERT_EQ(bytes.size(), 72U + 16U + 5U);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x01\x02\x02\x05USD\0", 8));
  EXPECT_EQ(bytes.substr(8, 8), "\x08\x07\x06\x05\x04\x03\x02\x01");
  EXPECT_EQ(bytes.substr(72, 8), "\x54\x53\x52\x51\x64\x63\x62\x61");
  EXPECT_EQ(bytes.substr(88), "pay-1");
}

TEST(order_code, what_was_encoded_is_decoded) {
  const std::string bytes = encode_order(full_order());
  const auto found = decode_order(bytes_of(bytes));
  ASSERT_TRUE(found);
  EXPECT_EQ(encode_order(*found), bytes);
}

TEST(order_code, any_other_length_is_refused) {
  const std::string bytes = encode_order(full_order());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode_order(bytes_of(bytes).first(size)).error().code, errc::corrupt_data) << size;
  EXPECT_EQ(decode_order(bytes_of(bytes + "x")).error().code, errc::corrupt_data);
}

TEST(order_code, no_content_is_trusted) {
  for (std::size_t at = 0; at < 8; ++at)
    for (int value = 0; value < 256; ++value) {
      std::string bytes = encode_order(full_order());
      bytes[at] = static_cast<char>(value);
      if (const auto found = decode_order(bytes_of(bytes))) {
        EXPECT_TRUE(is_valid(found->status));
        EXPECT_EQ(found->lines.size() * 8 + found->payment.view().size(), 21U);
      }
    }
}

TEST(order_code, a_newer_form_is_told_from_damage) {
  std::string bytes = encode_order(full_order());
  bytes[0] = 2;
  EXPECT_EQ(decode_order(bytes_of(bytes)).error().code, errc::version_unsupported);
}

}  // namespace
}  // namespace seckill::testing
