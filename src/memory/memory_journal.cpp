#include "journal_image_state.hpp"
#include <seckill/memory/memory_journal.hpp>
#include <seckill/snapshot_format.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace seckill::inline v1 {

class memory_journal final : public journal {
 public:
  static result<std::unique_ptr<journal>> open(std::shared_ptr<journal_image> image);
  explicit memory_journal(std::shared_ptr<journal_image> image) : image_(std::move(image)) {}
  memory_journal(const memory_journal&) = delete;
  memory_journal& operator=(const memory_journal&) = delete;
  ~memory_journal() override;

  result<std::optional<ledger_identity>> identity() override;
  result<void> adopt(const ledger_identity& whose) override;
  result<void> append(std::span<const stored_frame> frames) override;
  result<void> sync() override;
  result<std::unique_ptr<frame_reader>> read_from(std::uint64_t sequence) override;
  result<void> cut(std::uint64_t sequence) override;
  result<void> trim(std::uint64_t sequence) override;
  result<std::unique_ptr<snapshot_writer>> write_snapshot(std::uint64_t sequence) override;
  result<std::vector<std::uint64_t>> snapshots() override;
  result<std::unique_ptr<snapshot_source>> read_snapshot(std::uint64_t sequence) override;
  result<void> drop_snapshot(std::uint64_t sequence) override;
  result<std::uint64_t> cursor(std::string_view name) override;
  result<void> save_cursor(std::string_view name, std::uint64_t sequence) override;
  result<void> drop_cursor(std::string_view name) override;
  result<std::vector<journal_cursor>> cursors() override;

 private:
  class reader;
  class writer;

  journal_image::state& disk() noexcept { return *image_->state_; }

  std::shared_ptr<journal_image> image_;
};

class memory_journal::reader final : public frame_reader {
 public:
  reader(journal_image::state& disk, std::uint64_t from) : disk_(disk), from_(from) {}

  result<std::optional<stored_frame>> next() override {
    const std::lock_guard lock(disk_.mutex);
    const auto& frames = disk_.now.frames;
    auto found = frames.upper_bound(from_);
    if (!started_ && found != frames.begin()) --found;
    if (found == frames.end()) return std::nullopt;
    started_ = true;
    from_ = found->first;
    bytes_ = found->second;
    return stored_frame{from_, *bytes_};
  }

 private:
  journal_image::state& disk_;
  std::uint64_t from_;  // where to start; then the frame that was read last
  bool started_ = false;
  stored_bytes bytes_;
};

class memory_journal::writer final : public snapshot_writer {
 public:
  writer(journal_image::state& disk, std::uint64_t sequence)
      : disk_(disk), sequence_(sequence), encoder_(sequence) {
    add(encoder_.head());
  }

  result<void> write(std::span<const std::byte> chunk) override {
    auto piece = encoder_.chunk(chunk);
    if (!piece) return piece.error();
    add(*piece);
    return {};
  }

  result<void> commit() override {
    add(encoder_.end());
    const std::lock_guard lock(disk_.mutex);
    disk_.sync();
    disk_.now.snapshots[sequence_] = std::make_shared<std::vector<std::byte>>(std::move(bytes_));
    return {};
  }

 private:
  void add(std::span<const std::byte> piece) { bytes_.insert(bytes_.end(), piece.begin(), piece.end()); }

  journal_image::state& disk_;
  std::uint64_t sequence_;
  snapshot_encoder encoder_;
  std::vector<std::byte> bytes_;
};

namespace {

error bad_cursor_name() {
  return make_error(errc::invalid_argument, "memory journal: a cursor's name is 1 to 64 of [a-z0-9_-]");
}

}  // namespace

result<std::unique_ptr<journal>> memory_journal::open(std::shared_ptr<journal_image> image) {
  {
    journal_image::state& disk = *image->state_;
    const std::lock_guard lock(disk.mutex);
    if (disk.in_use)
      return make_error(errc::already_open,
                        "memory journal: another journal uses this image; destroy it, or open a copy");
    disk.in_use = true;
  }
  return std::make_unique<memory_journal>(std::move(image));
}

memory_journal::~memory_journal() {
  const std::lock_guard lock(disk().mutex);
  disk().in_use = false;
}

result<std::optional<ledger_identity>> memory_journal::identity() {
  const std::lock_guard lock(disk().mutex);
  return disk().now.identity;
}

result<void> memory_journal::adopt(const ledger_identity& whose) {
  const std::lock_guard lock(disk().mutex);
  auto& stated = disk().now.identity;
  if (stated && !stated->fleet.is_zero() && *stated != whose)
    return make_error(errc::invalid_argument, "memory journal: belongs to " + to_string(*stated));
  stated = whose;
  return {};
}

result<void> memory_journal::append(std::span<const stored_frame> frames) {
  std::map<std::uint64_t, stored_bytes> added;
  for (const stored_frame& each : frames) {
    if (!added.empty() && each.first_sequence <= added.rbegin()->first)
      return make_error(errc::invalid_argument, "memory journal: frames must ascend by first_sequence");
    added.emplace_hint(added.end(), each.first_sequence,
                       std::make_shared<std::vector<std::byte>>(each.bytes.begin(), each.bytes.end()));
  }
  const std::lock_guard lock(disk().mutex);
  auto& stored = disk().now.frames;
  if (!added.empty() && !stored.empty() && added.begin()->first <= stored.rbegin()->first)
    return make_error(errc::invalid_argument, "memory journal: a frame must start above every stored one");
  stored.merge(added);
  return {};
}

result<void> memory_journal::sync() {
  const std::lock_guard lock(disk().mutex);
  disk().sync();
  return {};
}

result<std::unique_ptr<frame_reader>> memory_journal::read_from(std::uint64_t sequence) {
  return std::make_unique<reader>(disk(), sequence);
}

result<void> memory_journal::cut(std::uint64_t sequence) {
  const std::lock_guard lock(disk().mutex);
  auto& now = disk().now;
  now.frames.erase(now.frames.lower_bound(sequence), now.frames.end());
  if (now.synced_up_to >= sequence) disk().sync();
  return {};
}

result<void> memory_journal::trim(std::uint64_t sequence) {
  const std::lock_guard lock(disk().mutex);
  auto& frames = disk().now.frames;
  auto kept = frames.upper_bound(sequence);  // the frame before it may reach up to `sequence`
  if (kept != frames.begin()) frames.erase(frames.begin(), std::prev(kept));
  return {};
}

result<std::unique_ptr<snapshot_writer>> memory_journal::write_snapshot(std::uint64_t sequence) {
  return std::make_unique<writer>(disk(), sequence);
}

result<std::vector<std::uint64_t>> memory_journal::snapshots() {
  const std::lock_guard lock(disk().mutex);
  std::vector<std::uint64_t> found;
  for (const auto& [sequence, bytes] : disk().now.snapshots) found.push_back(sequence);
  std::ranges::reverse(found);
  return found;
}

result<std::unique_ptr<snapshot_source>> memory_journal::read_snapshot(std::uint64_t sequence) {
  stored_bytes bytes;
  {
    const std::lock_guard lock(disk().mutex);
    const auto found = disk().now.snapshots.find(sequence);
    if (found == disk().now.snapshots.end())
      return make_error(errc::not_found, "memory journal: no snapshot " + std::to_string(sequence));
    bytes = found->second;
  }
  auto read = [bytes = std::move(bytes), at = std::size_t{0}](std::span<std::byte> into) mutable {
    const std::size_t count = std::min(into.size(), bytes->size() - at);
    std::copy_n(bytes->data() + at, count, into.data());
    at += count;
    return result<std::size_t>(count);
  };
  return decode_snapshot(sequence, std::move(read));
}

result<void> memory_journal::drop_snapshot(std::uint64_t sequence) {
  const std::lock_guard lock(disk().mutex);
  disk().now.snapshots.erase(sequence);
  return {};
}

result<std::uint64_t> memory_journal::cursor(std::string_view name) {
  if (!is_cursor_name(name)) return bad_cursor_name();
  const std::lock_guard lock(disk().mutex);
  const auto found = disk().now.cursors.find(name);
  return found == disk().now.cursors.end() ? 0 : found->second;
}

result<void> memory_journal::save_cursor(std::string_view name, std::uint64_t sequence) {
  if (!is_cursor_name(name)) return bad_cursor_name();
  const std::lock_guard lock(disk().mutex);
  disk().sync();
  disk().now.cursors.insert_or_assign(std::string(name), sequence);
  return {};
}

result<void> memory_journal::drop_cursor(std::string_view name) {
  if (!is_cursor_name(name)) return bad_cursor_name();
  const std::lock_guard lock(disk().mutex);
  const auto found = disk().now.cursors.find(name);
  if (found != disk().now.cursors.end()) disk().now.cursors.erase(found);
  return {};
}

result<std::vector<journal_cursor>> memory_journal::cursors() {
  const std::lock_guard lock(disk().mutex);
  std::vector<journal_cursor> found;
  for (const auto& [name, sequence] : disk().now.cursors) found.push_back({name, sequence});
  return found;
}

result<std::unique_ptr<journal>> open_memory_journal(std::shared_ptr<journal_image> image) {
  return memory_journal::open(std::move(image));
}

}  // namespace seckill::inline v1
