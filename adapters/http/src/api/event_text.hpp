#pragma once

#include "response.hpp"
#include <seckill/order.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

/// The text of server-sent events (WHATWG HTML, section 9.2).

/// Appends the head of a stream that lasts until one side closes.
void append_stream_head(std::string& out, std::string_view date);

/// Appends one event. REQUIRES: `data` on one line.
void append_event(std::string& out, std::string_view name, std::uint64_t id, std::string_view data);

/// Appends the `order` event of an order as it now is.
void append_order_event(std::string& out, const order& changed, std::uint64_t id);

/// A comment that keeps what stands between awake.
inline constexpr std::string_view heartbeat_text = ":\n\n";

}  // namespace seckill::inline v1::http
