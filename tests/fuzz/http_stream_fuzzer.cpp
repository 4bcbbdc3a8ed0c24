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
          std::string(one.conditions.if_none_match),
          std::string(one.body),
          from.keep_alive(),
          from.http_1_0()};
}

struct heard {
  std::vector<kept_request> requests;
  int refusal = 0;  // the status of what ended them, if anything did
};

// All requests of a stream that arrives in pieces of `piece` bytes.
heard requests_of(std::string_view stream, std::size_t piece) {
  request_reader reader(bounds);
  heard found;
  while (true) {
    switch (reader.next()) {
      case progress::complete:
        found.requests.push_back(keep(reader));
        continue;
      case progress::refused:
        found.refusal = reader.refusal().status;
        require(http::status_phrase(found.refusal) != "Unknown", "a refusal has a status of ours");
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

// Whether bytes that make no request are refused or waited on may depend on the cut, and to a few bytes what is too
// large; which requests there are may not.
void compare(const heard& whole, const heard& in_pieces) {
  const auto too_large = [](const heard& each) {
    return each.refusal == 413 || each.refusal == 414 || each.refusal == 431;
  };
  const std::size_t common = std::min(whole.requests.size(), in_pieces.requests.size());
  require(std::equal(whole.requests.begin(), whole.requests.begin() + static_cast<std::ptrdiff_t>(common),
                     in_pieces.requests.begin()),
          "it does not matter how the bytes are cut");
  require(whole.requests.size() == in_pieces.requests.size() || too_large(whole) || too_large(in_pieces),
          "nor to how many requests they are");
}

void fuzz(fuzz_input input) {
  const std::size_t piece = 1 + input.number<std::uint8_t>();
  const heard whole = requests_of(input.rest(), input.rest().size() + 1);
  compare(whole, requests_of(input.rest(), piece));
  if (whole.requests.empty()) return;

  http_front front;
  for (const kept_request& each : whole.requests) {
    require(each.body.size() <= bounds.body_size_max && each.target.size() <= bounds.head_size_max,
            "bounds hold");
    front.respond(
        {.method = each.method,
         .target = each.target,
         .idempotency_key = each.key,
         .authorization = each.authorization,
         .content_type = each.content_type,
         .conditions = {.if_none_match = each.if_none_match},
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
