#include "api/event_text.hpp"

#include <gtest/gtest.h>

namespace seckill::http {
namespace {

TEST(event_text, an_event_has_name_id_and_data) {
  std::string out = "before";
  append_event(out, "stock", 12, "{\"a\":1}");
  EXPECT_EQ(out, "beforeevent: stock\nid: 12\ndata: {\"a\":1}\n\n");
}

TEST(event_text, a_stream_is_not_cached_and_ends_with_its_connection) {
  std::string out;
  append_stream_head(out, "D");
  EXPECT_TRUE(out.starts_with("HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/event-stream\r\n"));
  EXPECT_NE(out.find("Cache-Control: no-store\r\n"), std::string::npos);
  EXPECT_NE(out.find("Connection: close\r\n\r\nretry: 1000\n\n"), std::string::npos);
  EXPECT_EQ(out.find("Content-Length"), std::string::npos);
}

TEST(event_text, an_order_event_carries_the_order) {
  order changed;
  changed.reservation = reservation_id{9};
  changed.status = order_status::paid;
  std::string out;
  append_order_event(out, changed, 3);
  EXPECT_TRUE(out.starts_with("event: order\nid: 3\ndata: {\"order_id\":\"9\",\"reservation_id\":\"9\","));
  EXPECT_TRUE(out.ends_with("\"status\":\"paid\"}\n\n"));
}

}  // namespace
}  // namespace seckill::http
