// Frames that nobody has written: decoding never fails but by saying so, and a ledger that takes their events stays
// sound. The body follows a sale with some reservations, so that events find something to be about; a checksum no
// fuzzer could guess is put right for it.
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/fuzzed_shop.hpp"
#include "tests/support/bytes_snapshot.hpp"
#include <seckill/frame.hpp>
#include <seckill/hash.hpp>

#include <algorithm>
#include <vector>

namespace seckill::testing {
namespace {

void append(event_buffer& to, const event& fact) {
  std::visit([&](const auto& body) { to.append(body); }, fact.body);
}

void take_in(const frame& decoded, ledger& onto) {
  event_reader events = decoded.events();
  event_buffer again;
  std::vector<event> facts;
  while (!events.done()) {
    event fact;
    if (!events.next(fact)) break;
    append(again, fact);
    facts.push_back(std::move(fact));
  }
  // What was understood can be said again and means the same.
  event_reader second(again.bytes(), decoded.header.first_sequence, decoded.header.at_ms);
  event_buffer third;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    event fact;
    require(!second.done() && second.next(fact).has_value(),
            "an event that was read can be written and read");
    append(third, fact);
  }
  require(second.done() && std::ranges::equal(again.bytes(), third.bytes()),
          "writing what was read changes nothing");
  for (const event& fact : facts)
    if (!onto.apply(fact)) break;
}

void require_sound(shop& after) {
  const auto faults = after.books.audit();
  require(faults.empty(), "the ledger is sound", faults.empty() ? "" : faults.front());
  bytes_snapshot saved;
  require(after.books.save(saved).has_value(), "it can be saved");
  bytes_snapshot::source source(saved);
  const auto loaded = ledger::load(fuzzed_bounds(), source);
  require(loaded.has_value(), "what it saves can be loaded", loaded ? "" : loaded.error().text);
  require(loaded->state_hash() == after.books.state_hash(), "and is the same state");
  // It goes on as any other.
  after.now = std::max(after.now, after.books.now_ms());
  after.reserve(sale_id{1}, 9, {{sku_id{1}, 1}}, req(77));
  after.now += ttl;
  after.expire();
  require(after.books.audit().empty(), "it is sound after further commands");
}

void put(std::vector<std::byte>& into, std::size_t at, std::uint64_t value, std::size_t size) {
  std::memcpy(into.data() + at, &value, size);
}

// The frame that would have to be stored for this body to be read. Offsets: docs/internals/journal_format.md.
std::vector<std::byte> framed(std::span<const std::byte> body, std::uint64_t first, std::uint32_t count,
                              time_ms at_ms) {
  std::vector<std::byte> bytes(frame_header::size + body.size());
  put(bytes, 0, frame_header::magic, 4);
  put(bytes, 4, frame_header::version, 2);
  put(bytes, 7, 1, 1);
  put(bytes, 8, 1, 8);
  put(bytes, 24, 1, 8);
  put(bytes, 32, first, 8);
  put(bytes, 40, count, 4);
  put(bytes, 44, body.size(), 4);
  put(bytes, 48, static_cast<std::uint64_t>(at_ms), 8);
  put(bytes, 72, ledger_identity::layout_current, 2);
  std::ranges::copy(body, bytes.begin() + frame_header::size);
  const std::uint64_t checksum = xxh64(body, xxh64(std::span(bytes).first(80)));
  put(bytes, 80, checksum, 8);
  return bytes;
}

void fuzz(fuzz_input input) {
  shop state = started_shop();
  if (input.number<std::uint8_t>() == 0) {
    if (const auto decoded = decode_frame(input.rest_bytes())) take_in(*decoded, state.books);
  } else {
    // Mostly close behind the time of the state, but any time can be asked for.
    const auto late = input.number<std::uint16_t>();
    const time_ms at_ms = late == 0xffff ? input.number<time_ms>() : opens + late;
    const auto bytes = framed(input.rest_bytes(), state.books.last_sequence() + 1, 1, at_ms);
    const auto decoded = decode_frame(bytes);
    require(decoded.has_value(), "a sound frame is taken");
    take_in(*decoded, state.books);
  }
  require_sound(state);
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({data, size});
  return 0;
}
