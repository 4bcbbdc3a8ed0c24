#include <seckill/hash.hpp>
#include <seckill/snapshot_format.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace seckill {
namespace {

using bytes = std::vector<std::byte>;

void add(bytes& to, std::span<const std::byte> piece) { to.insert(to.end(), piece.begin(), piece.end()); }

bytes file_of(std::uint64_t sequence, std::string_view text) {
  snapshot_encoder encoder(sequence);
  bytes file;
  add(file, encoder.head());
  add(file, *encoder.chunk(std::as_bytes(std::span(text))));
  add(file, encoder.end());
  return file;
}

result<std::unique_ptr<snapshot_source>> open(std::uint64_t sequence, const bytes& file) {
  return decode_snapshot(sequence, [&file, at = std::size_t{0}](std::span<std::byte> into) mutable {
    const std::size_t count = std::min(into.size(), file.size() - at);
    std::copy_n(file.data() + at, count, into.data());
    at += count;
    return result<std::size_t>(count);
  });
}

TEST(snapshot_format, the_layout_is_stable) {
  const bytes file = file_of(7, "abc");
  ASSERT_EQ(file.size(), 24U + 16U + 3U + 16U);
  EXPECT_EQ(std::memcmp(file.data() + 8, "SCKS\1\0\0\0\7\0\0\0\0\0\0\0", 16), 0);
  EXPECT_EQ(std::memcmp(file.data() + 24 + 8, "\3\0\0\0\0\0\0\0abc", 11), 0);
  EXPECT_EQ(std::memcmp(file.data() + 43 + 8, "\0\0\0\0\1\0\0\0", 8), 0);
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, file.data() + 24, sizeof checksum);
  EXPECT_EQ(checksum, xxh64(std::span(file).subspan(32, 11), 7));
}

TEST(snapshot_format, a_snapshot_of_another_sequence_is_refused) {
  const bytes file = file_of(7, "abc");
  EXPECT_TRUE(open(7, file));
  EXPECT_EQ(open(8, file).error().code, errc::corrupt_data);
}

TEST(snapshot_format, a_piece_of_another_snapshot_is_refused) {
  bytes file = file_of(7, "abc");
  const bytes other = file_of(8, "xyz");
  std::copy_n(other.begin() + 24, 19, file.begin() + 24);
  auto source = open(7, file);
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->read().error().code, errc::corrupt_data);
}

TEST(snapshot_format, another_version_is_told_from_damage) {
  bytes file = file_of(7, "abc");
  file[12] = std::byte{2};
  const std::uint64_t checksum = xxh64(std::span(file).subspan(8, 16), 7);
  std::memcpy(file.data(), &checksum, sizeof checksum);
  EXPECT_EQ(open(7, file).error().code, errc::version_unsupported);
}

TEST(snapshot_format, an_error_of_the_storage_is_passed_on) {
  const auto failed = decode_snapshot(
      7, [](std::span<std::byte>) -> result<std::size_t> { return make_error(errc::read_failed, "disk"); });
  EXPECT_EQ(failed.error().code, errc::read_failed);
}

}  // namespace
}  // namespace seckill
