// Writes the binary part of the corpus, after a change of a stored form: make_corpus tests/fuzz/corpus
#include "tests/fuzz/fuzzed_shop.hpp"
#include "tests/support/bytes_snapshot.hpp"
#include <seckill/frame.hpp>
#include <seckill/snapshot_format.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace seckill::testing {
namespace {

namespace fs = std::filesystem;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// The events of what happens next in a started shop: as a body 700 ms after the opening, and as a whole frame.
void write_frame(const fs::path& corpus, const std::string& name, const std::function<void(shop&)>& happens) {
  shop told = started_shop();
  const std::uint64_t first = told.books.last_sequence() + 1;
  told.journal.clear();
  told.now = opens + 700;
  happens(told);
  constexpr std::string_view as_body("\1\xbc\2", 3);  // see frame_fuzzer.cpp
  write(corpus / "frame" / name, std::string(as_body) + text_of(told.journal.bytes()));
  std::vector<std::byte> frame;
  encode_frame(told.journal, {.identity = {{1, 0}}, .first_sequence = first, .at_ms = told.now}, frame);
  if (name == "reserve") write(corpus / "frame" / "whole", std::string(1, '\0') + text_of(frame));
}

void write_frames(const fs::path& corpus) {
  const sale_id sale{1};
  write_frame(corpus, "reserve", [&](shop& at) { at.reserve(sale, 5, {{sku_id{1}, 1}}); });
  write_frame(corpus, "reserve_basket", [&](shop& at) {
    at.reserve(sale, 5, {{sku_id{2}, 2}, {sku_id{1}, 1}});
    at.reserve(sale, 6, {{sku_id{1}, 3}});
  });
  write_frame(corpus, "expire", [](shop& at) {
    at.now = opens + 2 * ttl;
    at.expire();
  });
  write_frame(corpus, "confirm", [&](shop& at) {
    const answer held = at.reserve(sale, 5, {{sku_id{2}, 2}, {sku_id{1}, 1}});
    at.confirm(held.reservation, "payment", {{sku_id{2}, 1}});
  });
  write_frame(corpus, "cancel", [&](shop& at) {
    at.cancel(at.reserve(sale, 5, {{sku_id{1}, 1}}).reservation);
  });
  write_frame(corpus, "forestall", [&](shop& at) { at.cancel_request(sale, req(40)); });
  write_frame(corpus, "operate", [&](shop& at) {
    at.restock(sale, 1, 5);
    at.restock(sale, 2, -5);
    at.turn(sale, sale_switch::paused);
    at.turn(sale, sale_switch::closed);
  });
  write_frame(corpus, "create_sale", [](shop& at) { at.open_sale(sale_of({{7, 10}, {8, 0}})); });
}

void write_snapshots(const fs::path& corpus) {
  bytes_snapshot started;
  bytes_snapshot empty;
  if (!started_shop().books.save(started) || !shop(fuzzed_bounds()).books.save(empty)) std::abort();
  const std::string state = text_of(started.chunks.at(0));
  write(corpus / "snapshot" / "started", "\1" + state);
  write(corpus / "snapshot" / "started_in_small_chunks", "\7" + state);
  write(corpus / "snapshot" / "empty", "\1" + text_of(empty.chunks.at(0)));

  snapshot_encoder encoder(9);
  std::string file = text_of(encoder.head());
  file += text_of(encoder.chunk(started.chunks.at(0)).value());
  file += text_of(encoder.end());
  write(corpus / "snapshot" / "file", std::string("\0\11\0\0\0\0\0\0\0", 9) + file);
}

}  // namespace
}  // namespace seckill::testing

int main(int count, char** words) {
  if (count != 2) return 2;
  seckill::testing::write_frames(words[1]);
  seckill::testing::write_snapshots(words[1]);
  return 0;
}
