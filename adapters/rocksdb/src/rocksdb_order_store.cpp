#include "database.hpp"
#include "order_code.hpp"
#include "reader_gate.hpp"
#include "rocksdb_order_store_env.hpp"
#include <seckill/rocksdb/rocksdb_order_store.hpp>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr std::uint32_t format_version = 1;

// Families. Totals: "counts" -> totals below; a shard's position under one byte, the shard.
constexpr std::size_t totals_family = 0;
constexpr std::size_t orders_family = 1;  // reservation, big endian -> order
constexpr std::size_t buyers_family =
    2;  // buyer, big endian; reservation, big endian and inverted -> nothing

constexpr std::string_view totals_key = "counts";

// As stored; little endian like every machine that we run on. It is written by every commit.
struct totals {
  std::uint64_t commits = 0;  // since the beginning: how far the store reaches
  order_counts counts{};
};
static_assert(sizeof(totals) == 8 + 8 * order_status_count);

rocksdb::Slice bytes_of(const auto& value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

result<totals> read_totals(const database& from) {
  rocksdb::PinnableSlice stored;
  const auto status = from.db().Get({}, from.family(totals_family), totals_key, &stored);
  if (status.IsNotFound()) return totals{};
  if (!status.ok()) return from.failed(status, access::reading, "reading the totals");
  totals found;
  if (stored.size() != sizeof found)
    return from.failed(rocksdb::Status::Corruption("the totals have a wrong size"), access::reading,
                       "reading");
  std::memcpy(&found, stored.data(), sizeof found);
  return found;
}

std::string position_key(std::uint8_t shard) { return {static_cast<char>(shard)}; }

std::string buyer_key(buyer_id buyer, reservation_id reservation) {
  return big_endian(to_integer(buyer)) + big_endian(~to_integer(reservation));  // newest first
}

/// The highest reservation id of each ledger that may be stored. A ledger's new reservations have ids above its older
/// ones until it uses their slots again, so that most orders are known to be new without a look at RocksDB. Threads:
/// any number beside one that raises.
class highest_ids {
 public:
  /// Errors: those of reading.
  result<void> load(const database& from);

  void raise(reservation_id stored) noexcept {
    auto& highest = of(stored);
    if (to_integer(stored) > highest.load(std::memory_order_relaxed))
      highest.store(to_integer(stored), std::memory_order_release);
  }
  [[nodiscard]] bool below(reservation_id asked) const noexcept {
    return of(asked).load(std::memory_order_acquire) < to_integer(asked);
  }

 private:
  using highest_id = std::atomic<std::uint64_t>;
  [[nodiscard]] highest_id& of(reservation_id id) noexcept { return highest_[ledger_of(id)]; }
  [[nodiscard]] const highest_id& of(reservation_id id) const noexcept { return highest_[ledger_of(id)]; }

  std::array<highest_id, 256> highest_{};
};

result<void> highest_ids::load(const database& from) {
  const std::unique_ptr<rocksdb::Iterator> at(from.db().NewIterator({}, from.family(orders_family)));
  at->SeekToLast();
  while (at->Valid()) {
    const reservation_id last{from_big_endian(at->key())};
    raise(last);
    const std::uint64_t first_of_ledger = std::uint64_t{ledger_of(last)} << 56U;
    at->Seek(big_endian(first_of_ledger));
    at->Prev();
  }
  if (!at->status().ok()) return from.failed(at->status(), access::reading, "finding the last orders");
  return {};
}

class rocksdb_order_store final : public order_store {
 public:
  rocksdb_order_store(std::unique_ptr<database> opened, const totals& found)
      : database_(std::move(opened)), totals_(found) {}
  /// To be called first. Errors: those of reading.
  result<void> prepare() { return highest_.load(*database_); }

  result<std::uint64_t> position(std::uint8_t shard) override;
  result<void> commit(std::uint8_t shard, std::uint64_t position, std::span<const order> changed) override;
  result<void> sync() override;
  result<std::optional<order>> find(reservation_id reservation) override;
  result<std::vector<order>> of_buyer(buyer_id buyer, std::size_t count_max, reservation_id before) override;
  result<order_counts> counts() override;

 private:
  [[nodiscard]] rocksdb::DB& db() const noexcept { return database_->db(); }
  [[nodiscard]] std::string where() const { return database_->directory().path().string(); }
  result<std::optional<order>> read(reservation_id reservation, const rocksdb::Snapshot* at);
  result<void> put(rocksdb::WriteBatch& batch, std::span<const order> changed, order_counts& counts);
  [[nodiscard]] error being_reopened() const;
  result<std::uint64_t> read_position(std::uint8_t shard);
  result<void> revived();
  result<void> fail(error what);

  std::unique_ptr<database> database_;
  reader_gate gate_;  // closed while the database is opened again
  highest_ids highest_;
  totals totals_;                 // as stored; of the committing thread
  std::optional<error> failure_;  // of a commit or a sync
};

error rocksdb_order_store::being_reopened() const {
  return make_error(errc::unavailable, where() + ": is being opened again after a failure; try again");
}

result<std::uint64_t> rocksdb_order_store::position(std::uint8_t shard) {
  const auto inside = gate_.enter();
  return inside ? read_position(shard) : being_reopened();
}

result<std::optional<order>> rocksdb_order_store::find(reservation_id reservation) {
  const auto inside = gate_.enter();
  return inside ? read(reservation, nullptr) : being_reopened();
}

result<std::uint64_t> rocksdb_order_store::read_position(std::uint8_t shard) {
  rocksdb::PinnableSlice stored;
  const auto status = db().Get({}, database_->family(totals_family), position_key(shard), &stored);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return database_->failed(status, access::reading, "reading a position");
  std::uint64_t found = 0;
  std::memcpy(&found, stored.data(), std::min(stored.size(), sizeof found));
  return found;
}

result<void> rocksdb_order_store::commit(std::uint8_t shard, std::uint64_t position,
                                         std::span<const order> changed) {
  if (!std::ranges::all_of(changed, is_valid, &order::status))
    return make_error(errc::invalid_argument, where() + ": an order without a valid status");
  if (auto good = revived(); !good) return good;
  const auto stored = read_position(shard);
  if (!stored) return stored.error();
  if (position <= *stored)
    return make_error(errc::invalid_argument, where() + ": a position must be above the stored one");

  rocksdb::WriteBatch batch;
  totals next = totals_;
  ++next.commits;
  if (auto done = put(batch, changed, next.counts); !done) return done;
  // Before the write: of one that fails nobody knows whether it happened.
  for (const order& each : changed) highest_.raise(each.reservation);
  batch.Put(database_->family(totals_family), totals_key, bytes_of(next));
  batch.Put(database_->family(totals_family), position_key(shard), bytes_of(position));
  if (const auto status = db().Write({}, &batch); !status.ok())
    return fail(database_->failed(status, access::writing, "committing"));
  totals_ = next;
  return {};
}

// The orders with their index entries, and what they do to the counts.
result<void> rocksdb_order_store::put(rocksdb::WriteBatch& batch, std::span<const order> changed,
                                      order_counts& counts) {
  for (const order& each : changed) {
    const auto before = read(each.reservation, nullptr);
    if (!before) return before.error();
    if (*before) --counts[static_cast<std::size_t>((*before)->status)];
    ++counts[static_cast<std::size_t>(each.status)];
    if (*before && (*before)->buyer != each.buyer)
      batch.Delete(database_->family(buyers_family), buyer_key((*before)->buyer, each.reservation));
    if (!*before || (*before)->buyer != each.buyer)
      batch.Put(database_->family(buyers_family), buyer_key(each.buyer, each.reservation), {});
    batch.Put(database_->family(orders_family), big_endian(to_integer(each.reservation)), encode_order(each));
  }
  return {};
}

// After a failed write nobody knows what is stored, and RocksDB refuses further ones; its own way to go on may wait for
// ever. So the database is closed and opened again, which moves what its log holds into tables, and then tells. Until
// that works, reads go on if they can.
result<void> rocksdb_order_store::revived() {
  if (!failure_) return {};
  gate_.close();
  auto opened = database_->reopen();
  if (database_->is_open()) gate_.open();
  if (!opened) return fail(opened.error());
  const auto found = read_totals(*database_);
  if (!found) return fail(found.error());
  if (found->commits < totals_.commits)
    return fail(
        make_error(errc::missing_data,
                   where() + ": a failure of the disk took commits that had been acknowledged; start again, "
                             "and the orders are made again from the journal"));
  totals_ = *found;
  failure_.reset();
  return {};
}

result<void> rocksdb_order_store::fail(error what) {
  failure_ = what;
  return what;
}

result<void> rocksdb_order_store::sync() {
  if (auto good = revived(); !good) return good;
  auto done = database_->sync(totals_.commits);
  return done ? done : fail(done.error());
}

result<std::optional<order>> rocksdb_order_store::read(reservation_id reservation,
                                                       const rocksdb::Snapshot* at) {
  if (highest_.below(reservation)) return std::nullopt;
  rocksdb::ReadOptions options;
  options.snapshot = at;
  rocksdb::PinnableSlice stored;
  const auto status =
      db().Get(options, database_->family(orders_family), big_endian(to_integer(reservation)), &stored);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return database_->failed(status, access::reading, "reading an order");
  auto found = decode_order(std::as_bytes(std::span(stored.data(), stored.size())));
  if (!found) return make_error(errc::corrupt_data, where() + ": " + found.error().text);
  return std::move(*found);
}

result<std::vector<order>> rocksdb_order_store::of_buyer(buyer_id buyer, std::size_t count_max,
                                                         reservation_id before) {
  const auto inside = gate_.enter();
  if (!inside) return being_reopened();
  rocksdb::ManagedSnapshot now(&db());  // index and orders as of one instant
  const std::string prefix = big_endian(to_integer(buyer));
  std::string start = prefix;
  if (before != reservation_id{}) start = buyer_key(buyer, reservation_id{to_integer(before) - 1});
  rocksdb::ReadOptions options;
  options.snapshot = now.snapshot();
  const std::unique_ptr<rocksdb::Iterator> at(db().NewIterator(options, database_->family(buyers_family)));
  std::vector<order> found;
  for (at->Seek(start); found.size() < count_max && at->Valid() && at->key().starts_with(prefix);
       at->Next()) {
    rocksdb::Slice key = at->key();
    key.remove_prefix(prefix.size());
    const auto each = read(reservation_id{~from_big_endian(key)}, now.snapshot());
    if (!each) return each.error();
    if (!*each)
      return make_error(errc::corrupt_data,
                        where() + ": an order of a buyer is missing; restore from a copy");
    found.push_back(**each);
  }
  if (!at->status().ok()) return database_->failed(at->status(), access::reading, "listing orders");
  return found;
}

result<order_counts> rocksdb_order_store::counts() {
  const auto inside = gate_.enter();
  if (!inside) return being_reopened();
  const auto found = read_totals(*database_);
  if (!found) return found.error();
  return found->counts;
}

rocksdb::ColumnFamilyOptions family_options(const rocksdb_order_store_params& params,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = params.write_buffer_bytes;
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.cache_index_and_filter_blocks = true;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

database::layout layout_of(const rocksdb_order_store_params& params, rocksdb::Env* env) {
  const auto cache = rocksdb::NewLRUCache(params.cache_bytes);
  const auto options = family_options(params, cache);
  return {
      database_options(env, params.open_files_max, params.write_buffer_bytes * 4),
      {{rocksdb::kDefaultColumnFamilyName, options}, {"orders", options}, {"buyers", options}},
      [](const database& from) -> result<std::uint64_t> {
        const auto found = read_totals(from);
        if (!found) return found.error();
        return found->commits;
      },
      false,
      "restore the directory from a backup, or make the orders again with `seckill rebuild-orders`",
  };
}

result<void> check(const rocksdb_order_store_params& params) {
  const auto wrong = [](std::string_view what) {
    return make_error(errc::invalid_argument, "rocksdb_order_store_params::" + std::string(what));
  };
  if (params.directory.empty()) return wrong("directory is empty; name one");
  if (params.write_buffer_bytes < 65'536U || params.write_buffer_bytes > (std::uint64_t{4} << 30U))
    return wrong("write_buffer_bytes must be 64 KiB to 4 GiB");
  if (params.cache_bytes < 1'048'576U) return wrong("cache_bytes must be at least 1 MiB");
  if (params.open_files_max < 16 || params.open_files_max > 1'000'000)
    return wrong("open_files_max must be 16 to 1,000,000");
  return {};
}

}  // namespace

result<std::unique_ptr<order_store>> open_rocksdb_order_store(const rocksdb_order_store_params& params,
                                                              rocksdb::Env* env) {
  if (auto good = check(params); !good) return good.error();
  auto directory = data_directory::open(params.directory, "orders", format_version);
  if (!directory) return directory.error();
  auto opened = database::open(std::move(*directory), layout_of(params, env));
  if (!opened) return opened.error();
  const auto found = read_totals(**opened);
  if (!found) return found.error();
  auto store = std::make_unique<rocksdb_order_store>(std::move(*opened), *found);
  if (auto ready = store->prepare(); !ready) return ready.error();
  return store;
}

result<std::unique_ptr<order_store>> open_rocksdb_order_store(const rocksdb_order_store_params& params) {
  return open_rocksdb_order_store(params, rocksdb::Env::Default());
}

}  // namespace seckill::inline v1
