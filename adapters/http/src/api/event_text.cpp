#include "event_text.hpp"

#include "render_views.hpp"

namespace seckill::inline v1::http {

void append_stream_head(std::string& out, std::string_view date) {
  out += "HTTP/1.1 200 OK\r\nDate: ";
  out += date;
  out +=
      "\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n"
      "retry: 1000\n\n";
}

void append_event(std::string& out, std::string_view name, std::uint64_t id, std::string_view data) {
  out.append("event: ").append(name).append("\nid: ").append(std::to_string(id));
  out.append("\ndata: ").append(data).append("\n\n");
}

void append_order_event(std::string& out, const order& changed, std::uint64_t id) {
  std::string data;
  render_order(data, changed);
  append_event(out, "order", id, data);
}

}  // namespace seckill::inline v1::http
