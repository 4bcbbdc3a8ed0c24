#include <seckill/frame.hpp>
#include <seckill/hash.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

namespace seckill::inline v1 {
namespace {

// As stored; little endian like every machine that we run on. The checksum covers everything but itself.
struct stored_start {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint8_t shard;
  std::uint8_t shard_count;
};
static_assert(sizeof(stored_start) == 8);

struct stored_header_1 {
  stored_start start;
  std::uint64_t first_sequence;
  std::uint32_t count;
  std::uint32_t body_bytes;
  std::int64_t at_ms;
  std::uint64_t reserved;
  std::uint64_t checksum;
};
static_assert(sizeof(stored_header_1) == 48);

struct stored_header_2 {
  stored_start start;
  std::uint64_t fleet_high;
  std::uint64_t fleet_low;
  std::uint64_t term;
  std::uint64_t first_sequence;
  std::uint32_t count;
  std::uint32_t body_bytes;
  std::int64_t at_ms;
  std::int64_t wall_ms;
  std::uint64_t previous_checksum;
  std::uint16_t layout;
  std::uint16_t reserved[3];
  std::uint64_t checksum;
};
static_assert(sizeof(stored_header_2) == frame_header::size);

template <typename Header>
std::uint64_t checksum_of(const Header& header, std::span<const std::byte> body) noexcept {
  const auto head = std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum));
  return xxh64(body, xxh64(head));
}

frame_header read(const stored_header_1& stored) {
  frame_header head;
  head.identity = {{}, stored.start.shard, stored.start.shard_count};
  head.first_sequence = stored.first_sequence;
  head.count = stored.count;
  head.body_bytes = stored.body_bytes;
  head.at_ms = head.wall_ms = stored.at_ms;
  head.checksum = stored.checksum;
  return head;
}

frame_header read(const stored_header_2& stored) {
  frame_header head;
  head.identity = {
      {stored.fleet_high, stored.fleet_low}, stored.start.shard, stored.start.shard_count, stored.layout};
  head.term = stored.term;
  head.first_sequence = stored.first_sequence;
  head.count = stored.count;
  head.body_bytes = stored.body_bytes;
  head.at_ms = stored.at_ms;
  head.wall_ms = stored.wall_ms;
  head.previous_checksum = stored.previous_checksum;
  head.checksum = stored.checksum;
  return head;
}

bool possible(const frame_header& head) {
  return head.count != 0 && head.first_sequence != 0 && head.term != 0 &&
         head.identity.shard < head.identity.shard_count &&
         head.first_sequence <= std::numeric_limits<std::uint64_t>::max() - head.count;
}

template <typename Header>
result<frame> decode(std::span<const std::byte> bytes) {
  Header stored{};
  if (bytes.size() < sizeof stored) return make_error(errc::corrupt_data, "frame: shorter than its header");
  std::memcpy(&stored, bytes.data(), sizeof stored);
  const frame decoded{read(stored), bytes.subspan(sizeof stored)};
  if (decoded.header.body_bytes != decoded.body.size() || !possible(decoded.header))
    return make_error(errc::corrupt_data, "frame: impossible header");
  if (stored.checksum != checksum_of(stored, decoded.body))
    return make_error(errc::corrupt_data, "frame: checksum mismatch");
  return decoded;
}

error newer() {
  return make_error(errc::version_unsupported,
                    "frame: written by a newer version of seckill; use that version");
}

}  // namespace

std::uint64_t encode_frame(const event_buffer& events, const frame_header& head,
                           std::vector<std::byte>& into) {
  assert(!head.identity.fleet.is_zero() && head.term != 0);
  const std::span<const std::byte> body = events.bytes();
  stored_header_2 stored{};
  stored.start = {frame_header::magic, frame_header::version, head.identity.shard, head.identity.shard_count};
  stored.fleet_high = head.identity.fleet.high;
  stored.fleet_low = head.identity.fleet.low;
  stored.term = head.term;
  stored.first_sequence = head.first_sequence;
  stored.count = static_cast<std::uint32_t>(events.count());
  stored.body_bytes = static_cast<std::uint32_t>(body.size());
  stored.at_ms = head.at_ms;
  stored.wall_ms = head.wall_ms;
  stored.previous_checksum = head.previous_checksum;
  stored.layout = head.identity.layout;
  stored.checksum = checksum_of(stored, body);

  into.resize(sizeof stored + body.size());
  std::memcpy(into.data(), &stored, sizeof stored);
  std::ranges::copy(body, into.begin() + sizeof stored);
  return stored.checksum;
}

result<frame> decode_frame(std::span<const std::byte> bytes) {
  stored_start start{};
  if (bytes.size() < sizeof start) return make_error(errc::corrupt_data, "frame: shorter than its header");
  std::memcpy(&start, bytes.data(), sizeof start);
  if (start.magic != frame_header::magic) return make_error(errc::corrupt_data, "frame: not a frame");
  if (start.version > frame_header::version) return newer();
  if (start.version == 1) return decode<stored_header_1>(bytes);
  if (start.version != frame_header::version)
    return make_error(errc::corrupt_data, "frame: impossible header");
  auto decoded = decode<stored_header_2>(bytes);
  if (!decoded) return decoded;
  if (decoded->header.is_version_1()) return make_error(errc::corrupt_data, "frame: of no installation");
  if (decoded->header.identity.layout > ledger_identity::layout_current) return newer();
  return decoded;
}

}  // namespace seckill::inline v1
