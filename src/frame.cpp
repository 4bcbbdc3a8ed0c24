#include <seckill/frame.hpp>
#include <seckill/hash.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace seckill::inline v1 {
namespace {

// As stored; little endian like every machine that we run on. The checksum covers everything but itself.
struct stored_header {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint8_t shard;
  std::uint8_t shard_count;
  std::uint64_t first_sequence;
  std::uint32_t count;
  std::uint32_t body_bytes;
  std::int64_t at_ms;
  std::uint64_t reserved;
  std::uint64_t checksum;
};
static_assert(sizeof(stored_header) == frame_header::size);

std::uint64_t checksum_of(const stored_header& header, std::span<const std::byte> body) noexcept {
  const auto head = std::as_bytes(std::span(&header, 1)).first(offsetof(stored_header, checksum));
  return xxh64(body, xxh64(head));
}

}  // namespace

void encode_frame(const event_buffer& events, std::uint64_t first_sequence, time_ms at_ms,
                  std::vector<std::byte>& into, frame_origin origin) {
  const std::span<const std::byte> body = events.bytes();
  stored_header header{};
  header.magic = frame_header::magic;
  header.version = frame_header::version;
  header.shard = origin.shard;
  header.shard_count = origin.shard_count;
  header.first_sequence = first_sequence;
  header.count = static_cast<std::uint32_t>(events.count());
  header.body_bytes = static_cast<std::uint32_t>(body.size());
  header.at_ms = at_ms;
  header.checksum = checksum_of(header, body);

  into.resize(sizeof header + body.size());
  std::memcpy(into.data(), &header, sizeof header);
  std::ranges::copy(body, into.begin() + sizeof header);
}

result<frame> decode_frame(std::span<const std::byte> bytes) {
  stored_header header{};
  if (bytes.size() < sizeof header) return make_error(errc::corrupt_data, "frame: shorter than its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != frame_header::magic) return make_error(errc::corrupt_data, "frame: not a frame");
  if (header.version > frame_header::version)
    return make_error(errc::version_unsupported,
                      "frame: written by a newer version of seckill; use that version");
  const std::span<const std::byte> body = bytes.subspan(sizeof header);
  if (header.version != frame_header::version || header.body_bytes != body.size() || header.count == 0 ||
      header.first_sequence == 0 || header.shard >= header.shard_count ||
      header.first_sequence > std::numeric_limits<std::uint64_t>::max() - header.count)
    return make_error(errc::corrupt_data, "frame: impossible header");
  if (header.checksum != checksum_of(header, body))
    return make_error(errc::corrupt_data, "frame: checksum mismatch");
  return frame{{header.first_sequence,
                header.count,
                header.body_bytes,
                header.at_ms,
                {header.shard, header.shard_count}},
               body};
}

}  // namespace seckill::inline v1
