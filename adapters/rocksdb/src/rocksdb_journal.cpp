#include "database.hpp"
#include "rocksdb_journal_env.hpp"
#include "snapshot_files.hpp"
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <rocksdb/convenience.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t format_version = 2;
constexpr std::size_t cursors_family = 0;
constexpr std::size_t frames_family = 1;

std::uint64_t cursor_value(const rocksdb::Slice& stored) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t value = 0;
  std::memcpy(&value, stored.data(), std::min(stored.size(), sizeof value));
  return value;
}

rocksdb::ReadOptions forward_reads() {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = std::size_t{2} << 20U;
  return options;
}

std::unique_ptr<rocksdb::Iterator> frames_of(const database& from) {
  return std::unique_ptr<rocksdb::Iterator>(
      from.db().NewIterator(forward_reads(), from.family(frames_family)));
}

/// The first sequence of the last frame; 0: there is none.
result<std::uint64_t> last_frame(const database& from) {
  const auto at = frames_of(from);
  at->SeekToLast();
  if (!at->status().ok()) return from.failed(at->status(), access::reading, "finding the last frame");
  return at->Valid() ? from_big_endian(at->key()) : 0;
}

/// Reads ahead with one iterator. It sees what there was when it was made, so only a new one can tell that
/// this is the end; there it is let go, so that it holds no memory while nothing comes.
class frame_iterator final : public frame_reader {
 public:
  frame_iterator(const database& from, std::uint64_t sequence) : from_(from), sequence_(sequence) {}

  result<std::optional<stored_frame>> next() override {
    if (at_) at_->Next();
    if (!at_ || (!at_->Valid() && at_->status().ok())) seek();
    if (at_->Valid()) {
      sequence_ = from_big_endian(at_->key());
      started_ = true;
      const rocksdb::Slice value = at_->value();
      return stored_frame{sequence_, std::as_bytes(std::span(value.data(), value.size()))};
    }
    const rocksdb::Status status = at_->status();
    at_.reset();
    if (!status.ok()) return from_.failed(status, access::reading, "reading frames");
    return std::nullopt;
  }

 private:
  void seek() {
    at_ = frames_of(from_);
    if (started_) {
      at_->Seek(big_endian(sequence_ + 1));
      return;
    }
    at_->SeekForPrev(big_endian(sequence_));
    if (!at_->Valid() && at_->status().ok()) at_->SeekToFirst();
  }

  const database& from_;
  std::uint64_t sequence_;  // where to start; then that of the frame read last
  bool started_ = false;
  std::unique_ptr<rocksdb::Iterator> at_;
};

class rocksdb_journal final : public journal {
 public:
  rocksdb_journal(std::unique_ptr<database> opened, std::unique_ptr<snapshot_files> snapshots,
                  std::uint64_t last)
      : database_(std::move(opened)), snapshots_(std::move(snapshots)), last_(last) {}

  result<std::optional<ledger_identity>> identity() override { return database_->directory().identity(); }
  result<void> adopt(const ledger_identity& whose) override { return database_->directory().adopt(whose); }
  result<void> append(std::span<const stored_frame> frames) override;
  result<void> sync() override;
  result<std::unique_ptr<frame_reader>> read_from(std::uint64_t sequence) override {
    return std::make_unique<frame_iterator>(*database_, sequence);
  }
  result<void> cut(std::uint64_t sequence) override;
  result<void> trim(std::uint64_t sequence) override;

  result<std::unique_ptr<snapshot_writer>> write_snapshot(std::uint64_t sequence) override {
    return snapshots_->write(sequence, [this] { return sync(); });
  }
  result<std::vector<std::uint64_t>> snapshots() override { return snapshots_->list(); }
  result<std::unique_ptr<snapshot_source>> read_snapshot(std::uint64_t sequence) override {
    return snapshots_->read(sequence);
  }
  result<void> drop_snapshot(std::uint64_t sequence) override { return snapshots_->drop(sequence); }

  result<std::uint64_t> cursor(std::string_view name) override;
  result<void> save_cursor(std::string_view name, std::uint64_t sequence) override;
  result<void> drop_cursor(std::string_view name) override;
  result<std::vector<journal_cursor>> cursors() override;

 private:
  [[nodiscard]] rocksdb::DB& db() const noexcept { return database_->db(); }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* frames() const noexcept {
    return database_->family(frames_family);
  }
  [[nodiscard]] result<void> check_name(std::string_view name) const;
  result<void> store_durably(rocksdb::WriteBatch& batch, std::string_view doing);
  result<void> healthy() const;
  result<void> fail(error what);

  std::unique_ptr<database> database_;
  std::unique_ptr<snapshot_files> snapshots_;
  std::atomic<std::uint64_t> last_;  // first sequence of the last frame
  rocksdb::WriteBatch batch_;        // of append(); kept for its memory

  mutable std::mutex mutex_;
  std::optional<error> failure_;  // of an append or a sync: final
};

result<void> rocksdb_journal::healthy() const {
  const std::lock_guard lock(mutex_);
  return failure_ ? result<void>(*failure_) : result<void>();
}

result<void> rocksdb_journal::fail(error what) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = what;
  return what;
}

result<void> rocksdb_journal::append(std::span<const stored_frame> frames_given) {
  if (auto good = healthy(); !good) return good;
  std::uint64_t last = last_.load(std::memory_order_relaxed);
  batch_.Clear();
  for (const stored_frame& each : frames_given) {
    if (each.first_sequence <= last)
      return make_error(errc::invalid_argument, database_->directory().path().string() +
                                                    ": a frame must start above every stored one");
    last = each.first_sequence;
    batch_.Put(frames(), big_endian(last),
               rocksdb::Slice(reinterpret_cast<const char*>(each.bytes.data()), each.bytes.size()));
  }
  if (batch_.Count() == 0) return {};
  if (const auto status = db().Write({}, &batch_); !status.ok())
    return fail(database_->failed(status, access::writing, "appending"));
  last_.store(last, std::memory_order_release);
  return {};
}

result<void> rocksdb_journal::sync() {
  if (auto good = healthy(); !good) return good;
  const std::uint64_t reach = last_.load(std::memory_order_acquire);
  if (auto done = database_->sync(reach); !done) return fail(done.error());
  return {};
}

result<void> rocksdb_journal::store_durably(rocksdb::WriteBatch& batch, std::string_view doing) {
  rocksdb::WriteOptions options;
  options.sync = true;
  if (const auto status = db().Write(options, &batch); !status.ok())
    return database_->failed(status, access::writing, doing);
  return {};
}

result<void> rocksdb_journal::cut(std::uint64_t sequence) {
  rocksdb::WriteBatch removals;
  const auto at = frames_of(*database_);
  for (at->Seek(big_endian(sequence)); at->Valid(); at->Next()) removals.Delete(frames(), at->key());
  if (!at->status().ok()) return database_->failed(at->status(), access::reading, "cutting");
  if (removals.Count() == 0) return {};

  at->SeekForPrev(big_endian(sequence == 0 ? 0 : sequence - 1));
  const std::uint64_t last = at->Valid() ? from_big_endian(at->key()) : 0;
  synced_mark& mark = database_->directory().synced();
  if (last < mark.value())
    if (auto lowered = mark.lower(last); !lowered) return lowered;
  if (auto done = store_durably(removals, "cutting"); !done) return done;
  last_.store(last, std::memory_order_release);
  return {};
}

// Frees whole tables; RocksDB never rewrites one for this. What shares a table with later frames, or is still
// in the log, stays until a later call.
result<void> rocksdb_journal::trim(std::uint64_t sequence) {
  const auto at = frames_of(*database_);
  at->SeekForPrev(big_endian(sequence));
  if (!at->status().ok()) return database_->failed(at->status(), access::reading, "trimming");
  if (!at->Valid()) return {};
  const rocksdb::Slice end = at->key();  // it may reach up to `sequence`, all before it do not
  const auto status = rocksdb::DeleteFilesInRange(&db(), frames(), nullptr, &end, false);
  return status.ok() ? result<void>() : database_->failed(status, access::writing, "trimming");
}

result<void> rocksdb_journal::check_name(std::string_view name) const {
  if (is_cursor_name(name)) return {};
  return make_error(errc::invalid_argument,
                    database_->directory().path().string() + ": a cursor's name is 1 to 64 of [a-z0-9_-]");
}

result<std::uint64_t> rocksdb_journal::cursor(std::string_view name) {
  if (auto good = check_name(name); !good) return good.error();
  rocksdb::PinnableSlice stored;
  const auto status = db().Get({}, database_->family(cursors_family), name, &stored);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return database_->failed(status, access::reading, "reading a cursor");
  return cursor_value(stored);
}

result<void> rocksdb_journal::save_cursor(std::string_view name, std::uint64_t sequence) {
  if (auto good = check_name(name); !good) return good;
  rocksdb::WriteBatch batch;
  batch.Put(database_->family(cursors_family), name,
            rocksdb::Slice(reinterpret_cast<const char*>(&sequence), sizeof sequence));
  return store_durably(batch, "saving a cursor");
}

result<void> rocksdb_journal::drop_cursor(std::string_view name) {
  if (auto good = check_name(name); !good) return good;
  rocksdb::WriteBatch batch;
  batch.Delete(database_->family(cursors_family), name);
  return store_durably(batch, "dropping a cursor");
}

result<std::vector<journal_cursor>> rocksdb_journal::cursors() {
  const std::unique_ptr<rocksdb::Iterator> at(db().NewIterator({}, database_->family(cursors_family)));
  std::vector<journal_cursor> found;
  for (at->SeekToFirst(); at->Valid(); at->Next())
    found.push_back({at->key().ToString(), cursor_value(at->value())});
  if (!at->status().ok()) return database_->failed(at->status(), access::reading, "listing cursors");
  return found;
}

// Frames arrive in ascending order and never change, so a table is moved down the levels as it is and nothing
// is ever rewritten. Values are large: no cache, no compression, no filters.
rocksdb::ColumnFamilyOptions frames_options(const rocksdb_journal_params& params) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = params.write_buffer_bytes;
  options.max_write_buffer_number = static_cast<int>(params.write_buffers_max);
  options.target_file_size_base = params.write_buffer_bytes;
  options.max_bytes_for_level_base = params.write_buffer_bytes * 4;
  options.level0_file_num_compaction_trigger = 1;  // out of level 0 at once, where trim() cannot free a table
  options.compression = rocksdb::kNoCompression;
  options.ttl = 0;
  options.periodic_compaction_seconds = 0;
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

database::layout layout_of(const rocksdb_journal_params& params, rocksdb::Env* env) {
  rocksdb::ColumnFamilyOptions cursors;
  cursors.write_buffer_size = std::size_t{1} << 20U;
  return {
      database_options(env, params.open_files_max, params.write_buffer_bytes * params.write_buffers_max),
      {{rocksdb::kDefaultColumnFamilyName, cursors}, {"frames", frames_options(params)}},
      last_frame,
      true,
  };
}

result<void> check(const rocksdb_journal_params& params) {
  const auto wrong = [](std::string_view what) {
    return make_error(errc::invalid_argument, "rocksdb_journal_params::" + std::string(what));
  };
  if (params.directory.empty()) return wrong("directory is empty; name one");
  if (params.write_buffer_bytes < 65'536U || params.write_buffer_bytes > (std::uint64_t{4} << 30U))
    return wrong("write_buffer_bytes must be 64 KiB to 4 GiB");
  if (params.write_buffers_max < 2 || params.write_buffers_max > 64)
    return wrong("write_buffers_max must be 2 to 64");
  if (params.open_files_max < 16 || params.open_files_max > 1'000'000)
    return wrong("open_files_max must be 16 to 1,000,000");
  if (params.snapshot_burst_bytes < 4'096) return wrong("snapshot_burst_bytes must be at least 4,096");
  return {};
}

}  // namespace

result<std::unique_ptr<journal>> open_rocksdb_journal(const rocksdb_journal_params& params,
                                                      rocksdb::Env* env) {
  if (auto good = check(params); !good) return good.error();
  auto directory = data_directory::open(params.directory, "journal", format_version);
  if (!directory) return directory.error();
  const auto snapshots_at = directory->path() / "snapshots";
  auto opened = database::open(std::move(*directory), layout_of(params, env));
  if (!opened) return opened.error();
  auto snapshots = snapshot_files::open(snapshots_at, params.snapshot_burst_bytes);
  if (!snapshots) return snapshots.error();
  const auto last = last_frame(**opened);
  if (!last) return last.error();
  return std::make_unique<rocksdb_journal>(std::move(*opened), std::move(*snapshots), *last);
}

result<std::unique_ptr<journal>> open_rocksdb_journal(const rocksdb_journal_params& params) {
  return open_rocksdb_journal(params, rocksdb::Env::Default());
}

}  // namespace seckill::inline v1
