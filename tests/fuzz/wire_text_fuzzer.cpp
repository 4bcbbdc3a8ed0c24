// The small texts of the wire: ids, UUIDs, targets, query strings, tokens, forwarded addresses, stored orders.
#include "api/operator_token.hpp"
#include "api/query_string.hpp"
#include "api/route.hpp"
#include "api/wire_ids.hpp"
#include "order_code.hpp"
#include "server/client_address.hpp"
#include "tests/fuzz/fuzz_input.hpp"

#include <array>
#include <string>

namespace seckill::testing {
namespace {

std::string spelled(request_id id) {
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(id.high >> 32U), static_cast<unsigned>(id.high >> 16U & 0xffffU),
                static_cast<unsigned>(id.high & 0xffffU), static_cast<unsigned>(id.low >> 48U),
                static_cast<unsigned long long>(id.low & 0xffff'ffff'ffffU));
  return text.data();
}

void try_ids(std::string_view text) {
  if (const auto id = http::parse_id(text))
    require(std::to_string(*id) == text, "an id has one spelling", text);
  if (const auto uuid = http::parse_uuid(text)) {
    require(!uuid->is_zero(), "the nil UUID is refused");
    require(http::parse_uuid(spelled(*uuid)) == uuid, "a UUID reads back", text);
  }
}

void try_route(std::string_view target) {
  const auto inside = [&](std::string_view part) {
    return part.empty() ||
           (part.data() >= target.data() && part.data() + part.size() <= target.data() + target.size());
  };
  for (const http::verb method : {http::verb::get, http::verb::head, http::verb::post, http::verb::other}) {
    const http::routed to = http::find_route(method, target);
    for (const std::string_view capture : to.captures) {
      require(inside(capture), "a capture is a part of the target", target);
      if (to.which != http::route::none)
        require(capture.find('/') == capture.npos, "a capture is one segment", target);
    }
    require(inside(to.query), "the query is a part of the target", target);
    require(to.which == http::route::none || to.allow.empty(), "a route that is found needs no Allow",
            target);
  }
}

void try_query(std::string_view text) {
  static constexpr std::array<std::string_view, 3> known = {"after", "limit", "full"};
  http::violation first;
  http::query_string parameters(text, known, first);
  const std::uint32_t limit = parameters.number("limit", 100, 50);
  require(limit >= 1 && limit <= 100, "a limit keeps its bounds", text);
  const std::uint64_t after = parameters.id("after");
  const bool full = parameters.flag("full");
  if (first.found() || text.empty()) return;
  require(after == 0 || text.find("after=" + std::to_string(after)) != text.npos,
          "an id is one that was sent", text);
  require(!full || text.find("full=true") != text.npos, "a flag is one that was sent", text);
}

void try_order(std::span<const std::byte> bytes) {
  const auto decoded = decode_order(bytes);
  if (!decoded) return;
  const std::string encoded = encode_order(*decoded);
  const auto again = decode_order(std::as_bytes(std::span(encoded)));
  require(again && encode_order(*again) == encoded, "an order reads back");
}

// The scheme's name in any case (RFC 9110, section 11.1), the token as it is.
void try_token(std::string_view authorization) {
  constexpr std::string_view token = "secret";
  if (!http::is_operator(authorization, token))
    return require(authorization != "Bearer secret", "the token opens");
  require(authorization.size() >= token.size() && authorization.ends_with(token), "only the token opens",
          authorization);
}

// What the client wrote before what its proxy wrote about it makes no difference.
void try_forwarded(std::string_view field) {
  static const http::trusted_proxies trusted =
      http::trusted_proxies::parse({"10.0.0.0/8", "fd00::/8"}).value();
  static const http::client_peer proxy = http::find_peer(boost::asio::ip::make_address("10.0.0.1"), trusted);
  static const http::client_peer stranger =
      http::find_peer(boost::asio::ip::make_address("192.0.2.1"), trusted);
  require(http::client_key(stranger, field, trusted) == stranger.key, "a stranger is believed nothing",
          field);
  require(http::client_key(proxy, std::string(field) + ",192.0.2.1", trusted) == stranger.key,
          "the nearest address that is no proxy is the client", field);
}

void fuzz(fuzz_input input) {
  switch (input.number<char>()) {
    case 'i':
      return try_ids(input.rest());
    case 'r':
      return try_route(input.rest());
    case 'q':
      return try_query(input.rest());
    case 'f':
      return try_forwarded(input.rest());
    case 'o':
      return try_order(input.rest_bytes());
    default:
      return try_token(input.rest());
  }
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({data, size});
  return 0;
}
