// A connection's bytes, cut in two ways, into requests; each request into its response.
#include "server/request_reader.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/http_front.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace seckill::testing {
namespace {

using http::request_reader;
using progress = request_reader::progress;

constexpr http::request_bounds bounds{.head_size_max = 1'024, .fields_max = 8, .body_size_max = 512};

struct kept_request {
  http::verb method{};
  std::string target, key, authorization, content_type, if_none_match, body;
  bool keep_alive = false;
  bool http_1_0 = false;

  friend bool operator==(const kept_request&, const kept_request&) = default;
};

kept_request keep(const request_reader& from) {
  const http::request& one = from.current();
  return {one.method,
          std::string(one.target),
          std::string(one.idempotency_key),
          std::string(one.authorization),
          std::string(one.content_type),
          std::string(one.if_none_match),
          std::string(one.body),
          from.keep_alive(),
          from.http_1_0()};
}

// All requests of a stream that arrives in pieces of `piece` bytes. A refusal ends them; whether bytes that make no
// request are refused or waited on may depend on the cut.
std::vector<kept_request> requests_of(std::string_view stream, std::size_t piece) {
  request_reader reader(bounds);
  std::vector<kept_request> found;
  while (true) {
    switch (reader.next()) {
      case progress::complete:
        found.push_back(keep(reader));
        continue;
      case progress::refused:
        require(http::status_phrase(reader.refusal().status) != "Unknown", "a refusal has a status of ours");
        return found;
      case progress::need_more:
        break;
    }
    if (stream.empty()) return found;
    const auto space = reader.space();
    require(!space.empty(), "there is room for what it asks for");
    const std::size_t size = std::min({space.size(), stream.size(), piece});
    std::copy_n(stream.begin(), size, space.begin());
    reader.received(size);
    stream.remove_prefix(size);
  }
}

void fuzz(fuzz_input input) {
  const std::size_t piece = 1 + input.number<std::uint8_t>();
  const auto whole = requests_of(input.rest(), input.rest().size() + 1);
  const auto in_pieces = requests_of(input.rest(), piece);
  require(whole == in_pieces, "it does not matter how the bytes are cut");
  if (whole.empty()) return;

  http_front front;
  for (const kept_request& each : whole) {
    require(each.body.size() <= bounds.body_size_max && each.target.size() <= bounds.head_size_max,
            "bounds hold");
    front.respond(
        {.method = each.method,
         .target = each.target,
         .idempotency_key = each.key,
         .authorization = each.authorization,
         .content_type = each.content_type,
         .if_none_match = each.if_none_match,
         .body = each.body},
        {.keep_alive = each.keep_alive, .http_1_0 = each.http_1_0, .head = each.method == http::verb::head});
  }
  front.require_sound();
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({data, size});
  return 0;
}
