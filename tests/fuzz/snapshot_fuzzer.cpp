// Snapshots that nobody has written: what loads is sound, saves as it was loaded, and goes on as any other ledger.
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/fuzzed_shop.hpp"
#include "tests/support/bytes_snapshot.hpp"
#include <seckill/snapshot_format.hpp>

#include <algorithm>
#include <vector>

namespace seckill::testing {
namespace {

void require_sound(const ledger& books) {
  const auto faults = books.audit();
  require(faults.empty(), "the ledger is sound", faults.empty() ? "" : faults.front());
}

// Commands of every kind, about everything that was loaded.
void go_on(ledger books) {
  event_buffer events;
  time_ms now = books.now_ms();
  std::vector<known_request> known;
  for (std::size_t at = books.known_requests(0, 64, known); at != 0;)
    at = books.known_requests(at, 64, known);
  for (const known_request& each : known) {
    books.reserve({each.request, each.sale, each.buyer, {{sku_id{1}, 1}}}, now, events);
    books.cancel_request({each.request, each.sale}, now, events);
  }
  for (const sale_id sale : books.sales()) {
    const sku_id sku = books.find_sale(sale)->definition->items[0].sku;
    for (std::uint64_t i = 0; i < 4; ++i) {
      const answer reply = books.reserve({req(100 + i), sale, buyer_id{i + 1}, {{sku, 1}}}, now, events);
      if (i % 2 == 0) books.confirm({reply.reservation, pay("p"), {}}, now, events);
    }
    books.restock({req(200), sale, sku, -1}, now, events);
    books.cancel_request({req(300), sale}, now, events);
  }
  require_sound(books);
  now = std::max<time_ms>(now, books.next_expiry().value_or(now));
  books.expire(now, 1'000, events);
  require_sound(books);
}

void load(const bytes_snapshot& stored) {
  bytes_snapshot::source source(stored);
  auto loaded = ledger::load(fuzzed_bounds(), source);
  if (!loaded) return;
  require_sound(*loaded);
  bytes_snapshot saved;
  require(loaded->save(saved).has_value(), "it can be saved");
  bytes_snapshot::source again(saved);
  const auto second = ledger::load(fuzzed_bounds(), again);
  require(second.has_value(), "what it saves can be loaded", second ? "" : second.error().text);
  require(second->state_hash() == loaded->state_hash(), "and is the same state");
  go_on(std::move(*loaded));
}

// The file around the state: read to its end or refused, and never more than was written.
void decode_file(std::uint64_t sequence, std::span<const std::byte> file) {
  const auto opened = decode_snapshot(sequence, [file](std::span<std::byte> into) mutable {
    const std::size_t count = std::min(into.size(), file.size());
    std::copy_n(file.begin(), count, into.begin());
    file = file.subspan(count);
    return result<std::size_t>(count);
  });
  if (!opened) return;
  while (true) {
    const auto chunk = (*opened)->read();
    if (!chunk || chunk->empty()) return;
  }
}

// A state of the fuzzer's making in the file that a journal would store: it must come out as it went in.
void through_file(std::uint64_t sequence, const bytes_snapshot& state) {
  snapshot_encoder encoder(sequence);
  std::vector<std::byte> file;
  const auto add = [&](std::span<const std::byte> piece) {
    file.insert(file.end(), piece.begin(), piece.end());
  };
  add(encoder.head());
  for (const auto& chunk : state.chunks) add(encoder.chunk(chunk).value());
  add(encoder.end());
  std::size_t at = 0;
  auto opened = decode_snapshot(sequence, [&](std::span<std::byte> into) {
    const std::size_t count = std::min(into.size(), file.size() - at);
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
    at += count;
    return result<std::size_t>(count);
  });
  require(opened.has_value(), "a file that was written opens");
  for (const auto& chunk : state.chunks) {
    const auto read = (*opened)->read();
    require(read && std::ranges::equal(*read, chunk), "a chunk comes back as it was");
  }
  const auto end = (*opened)->read();
  require(end && end->empty(), "the end comes last");
}

void fuzz(fuzz_input input) {
  const auto how = input.number<std::uint8_t>();
  if (how == 0) return decode_file(input.number<std::uint64_t>(), input.rest_bytes());
  // Where a chunk ends must not matter to the state.
  const std::size_t chunk_max = how == 1 ? snapshot_chunk_max : how;
  bytes_snapshot state;
  while (!input.empty()) {
    const std::string_view chunk = input.text(chunk_max);
    require(state.write(std::as_bytes(std::span(chunk))).has_value(), "memory takes it");
  }
  load(state);
  through_file(how, state);
}

}  // namespace
}  // namespace seckill::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seckill::testing::fuzz({data, size});
  return 0;
}
