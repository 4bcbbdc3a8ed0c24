#include <seckill/hash.hpp>
#include <seckill/snapshot_format.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

// As stored; little endian like every machine that we run on. Each checksum covers what follows it and is
// keyed by the snapshot's sequence, so that a piece of another snapshot is found out.
struct stored_head {
  std::uint64_t checksum;
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t reserved;
  std::uint64_t sequence;
};
static_assert(sizeof(stored_head) == 24);

struct stored_piece {
  std::uint64_t checksum;  // also over the bytes
  std::uint32_t length;    // of the bytes that follow; 0: the end
  std::uint32_t index;     // counts up from 0
};
static_assert(sizeof(stored_piece) == 16);
static_assert(sizeof(stored_piece) + snapshot_chunk_max == snapshot_encoder::piece_bytes_max);

constexpr std::uint32_t magic = 0x534b4353;  // "SCKS"

void sign(std::span<std::byte> stored, std::uint64_t sequence) {
  const std::uint64_t checksum = xxh64(stored.subspan(sizeof(std::uint64_t)), sequence);
  std::memcpy(stored.data(), &checksum, sizeof checksum);
}

bool is_signed(std::span<const std::byte> stored, std::uint64_t sequence) {
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, stored.data(), sizeof checksum);
  return checksum == xxh64(stored.subspan(sizeof checksum), sequence);
}

error corrupt(std::uint64_t sequence, std::string_view what) {
  return make_error(errc::corrupt_data, "snapshot " + std::to_string(sequence) + ": " + std::string(what) +
                                            "; use an older snapshot and replay the journal from there");
}

class decoder final : public snapshot_source {
 public:
  decoder(std::uint64_t sequence, snapshot_bytes bytes) : sequence_(sequence), bytes_(std::move(bytes)) {}

  result<void> read_head() {
    stored_head head{};
    const auto raw = std::as_writable_bytes(std::span(&head, 1));
    if (auto whole = fill(raw); !whole) return whole.error();
    if (head.magic != magic || !is_signed(raw, sequence_) || head.sequence != sequence_)
      return corrupt(sequence_, "its head is damaged");
    if (head.version != snapshot_encoder::version)
      return make_error(errc::version_unsupported,
                        "snapshot " + std::to_string(sequence_) +
                            ": written by another version of seckill; use that version");
    return {};
  }

  result<std::span<const std::byte>> read() override {
    if (done_) return std::span<const std::byte>{};
    stored_piece piece{};
    buffer_.resize(sizeof piece);
    if (auto whole = fill(buffer_); !whole) return whole.error();
    std::memcpy(&piece, buffer_.data(), sizeof piece);
    if (piece.length > snapshot_chunk_max || piece.index != index_)
      return corrupt(sequence_, "a chunk's head is damaged");
    buffer_.resize(sizeof piece + piece.length);
    if (auto whole = fill(std::span(buffer_).subspan(sizeof piece)); !whole) return whole.error();
    if (!is_signed(buffer_, sequence_)) return corrupt(sequence_, "a chunk is damaged");
    ++index_;
    done_ = piece.length == 0;
    return std::span<const std::byte>(buffer_).subspan(sizeof piece);
  }

 private:
  result<void> fill(std::span<std::byte> into) {
    const result<std::size_t> count = bytes_(into);
    if (!count) return count.error();
    if (*count < into.size()) return corrupt(sequence_, "its end is missing");
    return {};
  }

  std::uint64_t sequence_;
  snapshot_bytes bytes_;
  std::uint32_t index_ = 0;
  bool done_ = false;
  std::vector<std::byte> buffer_;
};

}  // namespace

std::span<const std::byte> snapshot_encoder::head() {
  const stored_head head{0, magic, version, 0, sequence_};
  buffer_.resize(sizeof head);
  std::memcpy(buffer_.data(), &head, sizeof head);
  sign(buffer_, sequence_);
  return buffer_;
}

std::span<const std::byte> snapshot_encoder::piece(std::span<const std::byte> bytes) {
  const stored_piece piece{0, static_cast<std::uint32_t>(bytes.size()), index_++};
  buffer_.resize(sizeof piece + bytes.size());
  std::memcpy(buffer_.data(), &piece, sizeof piece);
  std::ranges::copy(bytes, buffer_.begin() + sizeof piece);
  sign(buffer_, sequence_);
  return buffer_;
}

result<std::span<const std::byte>> snapshot_encoder::chunk(std::span<const std::byte> bytes) {
  if (bytes.empty() || bytes.size() > snapshot_chunk_max)
    return make_error(errc::invalid_argument, "snapshot " + std::to_string(sequence_) + ": a chunk of " +
                                                  std::to_string(bytes.size()) +
                                                  " bytes; it must have 1 to " +
                                                  std::to_string(snapshot_chunk_max));
  return piece(bytes);
}

std::span<const std::byte> snapshot_encoder::end() { return piece({}); }

result<std::unique_ptr<snapshot_source>> decode_snapshot(std::uint64_t sequence, snapshot_bytes bytes) {
  auto opened = std::make_unique<decoder>(sequence, std::move(bytes));
  if (auto good = opened->read_head(); !good) return good.error();
  return opened;
}

}  // namespace seckill::inline v1
