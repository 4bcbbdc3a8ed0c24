// A session with the shop, a line a step: `7 POST /api/v1/sales/1/reservations {"buyer":"1",...}` is a request with
// the idempotency key number 7, `+500` is half a second. Whatever is asked, the response fits and the books balance.
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/http_front.hpp"

#include <charconv>
#include <string>

namespace seckill::testing {
namespace {

// Keys that come again are what idempotency is about, so there are few.
std::string key_of(std::string_view number) {
  unsigned value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  const std::string digits = std::to_string(value % 100);
  return "00000000-0000-0000-0001-" + std::string(12 - digits.size(), '0') + digits;
}

http::verb verb_of(std::string_view name) {
  if (name == "POST") return http::verb::post;
  if (name == "GET") return http::verb::get;
  return name == "HEAD" ? http::verb::head : http::verb::other;
}

void step(http_front& front, std::string_view line) {
  if (line.starts_with('+')) {
    unsigned duration = 0;
    std::from_chars(line.data() + 1, line.data() + line.size(), duration);
    return front.pass(duration % 10'000);
  }
  fuzz_input words(reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
  const std::string key = key_of(words.until(' '));
  const http::verb method = verb_of(words.until(' '));
  const std::string_view target = words.until(' ');
  const std::string_view body = words.rest();
  front.respond({.method = method,
                 .target = target,
                 .idempotency_key = key,
                 .authorization = target.starts_with("/admin") ? "Bearer t" : "",
                 .content_type = body.empty() ? "" : "application/json",
                 .body = body},
                {.head = method == http::verb::head});
}

void fuzz(fuzz_input input) {
  http_front front;
  for (int steps_left = 200; steps_left > 0 && !input.empty(); --steps_left) step(front, input.until('\n'));
  front.require_sound();
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({data, size});
  return 0;
}
