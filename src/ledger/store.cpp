// The state as bytes and back: snapshots and the state hash. docs/internals/journal_format.md describes the
// layout.
#include "state.hpp"
#include "validate.hpp"
#include <seckill/hash.hpp>

#include <bit>
#include <cassert>
#include <cstring>
#include <string>

namespace seckill::inline v1 {
namespace {

static_assert(std::endian::native == std::endian::little, "records are stored as they are in memory");

constexpr std::uint64_t snapshot_magic = 0x544f485350414e53;  // "SNAPSHOT"
constexpr std::uint32_t snapshot_version = 2;

error corrupt(const std::string& what) { return make_error(errc::corrupt_data, "snapshot: " + what); }

// Cuts a stream of values into chunks.
class output {
 public:
  explicit output(snapshot_sink& to) : to_(to) { chunk_.reserve(snapshot_chunk_max); }

  template <typename Value>
  void put(const Value& value) {
    static_assert(std::is_trivially_copyable_v<Value> && std::has_unique_object_representations_v<Value>);
    put_bytes(std::as_bytes(std::span(&value, 1)));
  }
  void put_bytes(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::size_t part = std::min(bytes.size(), snapshot_chunk_max - chunk_.size());
      chunk_.insert(chunk_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(part));
      bytes = bytes.subspan(part);
      if (chunk_.size() == snapshot_chunk_max) flush();
    }
  }
  result<void> finish() {
    flush();
    return outcome_;
  }

 private:
  void flush() {
    if (outcome_.has_value() && !chunk_.empty()) outcome_ = to_.write(chunk_);
    chunk_.clear();
  }

  snapshot_sink& to_;
  std::vector<std::byte> chunk_;
  result<void> outcome_;
};

// Joins the chunks again. After a failure every value reads as zero.
class input {
 public:
  explicit input(snapshot_source& from) : from_(from) {}

  template <typename Value>
  Value get() {
    static_assert(std::is_trivially_copyable_v<Value>);
    Value value{};
    get_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  void get_bytes(std::span<std::byte> into) {
    while (!into.empty() && good()) {
      if (chunk_.empty() && !refill()) {
        if (ended_) fault_ = corrupt("ends too early");
        break;
      }
      const std::size_t part = std::min(into.size(), chunk_.size());
      std::memcpy(into.data(), chunk_.data(), part);
      into = into.subspan(part);
      chunk_ = chunk_.subspan(part);
    }
    if (!into.empty()) std::memset(into.data(), 0, into.size());
  }
  [[nodiscard]] bool at_end() { return chunk_.empty() && !refill() && ended_; }
  [[nodiscard]] bool good() const { return !fault_; }
  [[nodiscard]] const error& fault() const { return *fault_; }

 private:
  bool refill() {
    if (ended_ || fault_) return false;
    auto next = from_.read();
    if (!next) {
      fault_ = std::move(next).error();
      return false;
    }
    chunk_ = *next;
    ended_ = chunk_.empty();
    return !ended_;
  }

  snapshot_source& from_;
  std::span<const std::byte> chunk_;
  std::optional<error> fault_;
  bool ended_ = false;
};

class hashing_sink final : public snapshot_sink {
 public:
  result<void> write(std::span<const std::byte> chunk) override {
    hash_ = xxh64(chunk, hash_);
    return {};
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0;
};

struct stored_head {
  std::uint64_t magic = snapshot_magic;
  std::uint32_t version = snapshot_version;
  std::uint16_t shard = 0;
  std::uint16_t shard_count = 0;
  std::uint64_t sequence = 0;
  std::int64_t last_event_ms = 0;
  std::uint64_t last_sale = 0;
  std::uint64_t operator_commands = 0;
  std::uint32_t operator_records = 0;
  std::uint32_t sales = 0;
  std::uint32_t used = 0;
  slot_queue finished;
  slot_queue tombstones;
  std::uint32_t unused = 0;
};
static_assert(std::has_unique_object_representations_v<stored_head>);
static_assert(sizeof(stored_head) == 88);

// Follows the head since version 2.
struct stored_stamp {
  std::uint64_t fleet_high = 0;
  std::uint64_t fleet_low = 0;
  std::uint64_t term = 0;
  std::uint64_t last_checksum = 0;
  std::int64_t at_ms = 0;
  std::int64_t wall_ms = 0;
  std::uint16_t layout = 0;
  std::uint16_t unused[3] = {};
};
static_assert(std::has_unique_object_representations_v<stored_stamp>);
static_assert(sizeof(stored_stamp) == 56);

stored_stamp to_stored(const snapshot_stamp& stamp) {
  return {stamp.identity.fleet.high,
          stamp.identity.fleet.low,
          stamp.last.term,
          stamp.last.checksum,
          stamp.at_ms,
          stamp.wall_ms,
          stamp.identity.layout};
}

struct stored_sale {
  std::uint64_t id = 0;
  std::uint32_t position = 0;
  slot_queue holds;
  std::uint64_t definition_bytes = 0;
};

struct stored_operator_command {
  request_id request;
  std::uint64_t digest = 0;
  std::uint64_t sale = 0;
};

// What a stored definition can take at most: a bound before anything is allocated.
constexpr std::uint64_t definition_bytes_max = std::uint64_t{1} << 26U;

}  // namespace

result<void> ledger::state::save(snapshot_sink& to, const snapshot_stamp& stamp) const {
  output out(to);
  stored_head head;
  head.shard = bounds.shard;
  head.shard_count = bounds.shard_count;
  head.sequence = sequence;
  head.last_event_ms = last_event_ms;
  head.last_sale = last_sale;
  head.operator_commands = operator_commands;
  head.operator_records =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(operator_commands, bounds.operator_requests_max));
  head.sales = static_cast<std::uint32_t>(sales.size());
  head.used = records.used();
  head.finished = finished;
  head.tombstones = tombstones;
  out.put(head);
  out.put(to_stored(stamp));

  for (std::size_t i = 0; i < sales.size(); ++i) {
    const sale_entry& sale = sales[static_cast<sale_book::index>(i)];
    event_buffer definition;
    definition.append(sale_created{{}, sale.id, *sale.definition});
    out.put(stored_sale{to_integer(sale.id), static_cast<std::uint32_t>(sale.position), sale.holds,
                        definition.bytes().size()});
    out.put_bytes(definition.bytes());
    out.put_bytes(std::as_bytes(std::span(sale.stock)));
  }
  for (std::uint64_t i = operator_commands - head.operator_records; i < operator_commands; ++i) {
    const record& each = records[operator_slot(i)];
    out.put(stored_operator_command{each.request, each.digest, each.sale});
  }
  for (slot at = 1; at <= records.used(); ++at) out.put(records[at]);
  for (slot at = 1; at <= records.used(); ++at)
    for (std::size_t i = 1; i < records[at].line_count; ++i) out.put(records.line(at, i));
  return out.finish();
}

std::uint64_t ledger::state_hash() const {
  hashing_sink sink;
  const result<void> saved = state_->save(sink, {});
  assert(saved.has_value());
  return saved.has_value() ? sink.hash() : 0;
}

namespace {

// Fills an empty state, checking everything that the code relies on: the bytes are not trusted.
class loader {
 public:
  loader(ledger::state& into, snapshot_source& from) : state_(into), in_(from) {}

  result<snapshot_stamp> run() {
    for (const auto step :
         {&loader::load_head, &loader::load_stamp, &loader::load_sales, &loader::load_operator_log,
          &loader::load_records, &loader::index_records, &loader::check_sums}) {
      const std::optional<error> fault = (this->*step)();
      if (!in_.good()) return in_.fault();
      if (fault) return *fault;
    }
    const bool at_end = in_.at_end();
    if (!in_.good()) return in_.fault();
    if (!at_end) return corrupt("more bytes than state");
    return stamp_;
  }

 private:
  using step_result = std::optional<error>;

  step_result load_head() {
    head_ = in_.get<stored_head>();
    if (head_.magic != snapshot_magic) return corrupt("not a snapshot");
    if (head_.version > snapshot_version)
      return make_error(errc::version_unsupported,
                        "snapshot: written by a newer version of seckill; use that version");
    if (head_.version == 0) return corrupt("unknown version");
    const ledger_params& bounds = state_.bounds;
    if (head_.shard != bounds.shard || head_.shard_count != bounds.shard_count)
      return make_error(errc::invalid_argument, "snapshot: written by shard " + std::to_string(head_.shard) +
                                                    " of " + std::to_string(head_.shard_count) +
                                                    "; open it with as many journals in the same order");
    if (head_.used > state_.slots_max())
      return make_error(
          errc::capacity_exceeded,
          "ledger_params: stock_max, remembered_max and tombstones_max together must be at least " +
              std::to_string(head_.used));
    if (head_.sales > bounds.sales_max)
      return make_error(errc::capacity_exceeded,
                        "ledger_params.sales_max must be at least " + std::to_string(head_.sales));
    // More of them than the bound would take slots that a reserve counts on.
    if (head_.tombstones.count > bounds.tombstones_max)
      return make_error(errc::capacity_exceeded, "ledger_params.tombstones_max must be at least " +
                                                     std::to_string(head_.tombstones.count));
    if (head_.operator_records > head_.operator_commands) return corrupt("impossible operator log");
    state_.sequence = head_.sequence;
    state_.last_event_ms = state_.now_ms = head_.last_event_ms;
    state_.last_sale = head_.last_sale;
    state_.finished = head_.finished;
    state_.tombstones = head_.tombstones;
    return std::nullopt;
  }

  step_result load_stamp() {
    stamp_.identity = {{}, state_.bounds.shard, state_.bounds.shard_count};
    stamp_.at_ms = stamp_.wall_ms = head_.last_event_ms;
    if (head_.version == 1) return std::nullopt;
    const auto stored = in_.get<stored_stamp>();
    if (stored.layout > ledger_identity::layout_current)
      return make_error(errc::version_unsupported,
                        "snapshot: written by a newer version of seckill; use that version");
    stamp_.identity.fleet = {stored.fleet_high, stored.fleet_low};
    stamp_.identity.layout = stored.layout;
    stamp_.last = {stored.term, stored.last_checksum};
    stamp_.at_ms = stored.at_ms;
    stamp_.wall_ms = stored.wall_ms;
    return std::nullopt;
  }

  step_result load_sales() {
    std::vector<std::byte> bytes;
    for (std::uint32_t i = 0; i < head_.sales && in_.good(); ++i) {
      const auto stored = in_.get<stored_sale>();
      if (stored.definition_bytes > definition_bytes_max || stored.position > 2)
        return corrupt("impossible sale");
      bytes.resize(stored.definition_bytes);
      in_.get_bytes(bytes);
      event fact;
      event_reader reader(bytes, 1, 0);
      if (reader.done() || !reader.next(fact) || !reader.done()) return corrupt("impossible sale definition");
      const auto* created = std::get_if<sale_created>(&fact.body);
      if (created == nullptr || to_integer(created->sale) != stored.id || state_.sales.find(created->sale) ||
          stored.id == 0 || stored.id > head_.last_sale || stored_definition_fault(created->definition))
        return corrupt("impossible sale definition");
      if (created->definition.items.size() > state_.bounds.items_per_sale_max)
        return make_error(errc::capacity_exceeded, "ledger_params.items_per_sale_max must be at least " +
                                                       std::to_string(created->definition.items.size()));
      const std::uint16_t at = state_.sales.add(created->sale, created->definition);
      sale_entry& sale = state_.sales[at];
      sale.position = static_cast<sale_switch>(stored.position);
      sale.holds = stored.holds;
      in_.get_bytes(std::as_writable_bytes(std::span(sale.stock)));
      counted_.emplace_back(sale.stock.size());
      for (const item_stock& each : sale.stock) state_.stock_total += each.total;
    }
    if (state_.stock_total > state_.bounds.stock_max)
      return make_error(errc::capacity_exceeded,
                        "ledger_params.stock_max must be at least " + std::to_string(state_.stock_total));
    return std::nullopt;
  }

  step_result load_operator_log() {
    const std::uint64_t kept =
        std::min<std::uint64_t>(head_.operator_records, state_.bounds.operator_requests_max);
    // A log with room left is counted from its first record: there is nothing where older ones would stand.
    state_.operator_commands =
        kept < state_.bounds.operator_requests_max ? 0 : head_.operator_commands - kept;
    for (std::uint64_t i = 0; i < head_.operator_records && in_.good(); ++i) {
      const auto each = in_.get<stored_operator_command>();
      if (i + kept < head_.operator_records) continue;  // the bound has shrunk: the oldest are forgotten
      if (each.sale >= state_.sales.size() || each.request.is_zero() ||
          state_.requests.find(each.request, state_.records).at != 0)
        return corrupt("impossible operator command");
      state_.remember_operator(each.request, static_cast<std::uint16_t>(each.sale), each.digest);
    }
    return std::nullopt;
  }

  step_result load_records() {
    for (slot at = 1; at <= head_.used && in_.good(); ++at) {
      record& entry = state_.records[at];
      entry = in_.get<record>();
      const bool reservation = is_reservation(entry.state);
      if ((!reservation && entry.state != record_state::tombstone) || entry.sale >= state_.sales.size() ||
          entry.request.is_zero() || entry.generation == 0 || entry.generation > 0xffffffU ||
          entry.line_count > basket::lines_max || (entry.line_count == 0) == reservation ||
          entry.next > head_.used || entry.previous > head_.used)
        return corrupt("impossible record " + std::to_string(at));
    }
    state_.records.set_used(head_.used);
    for (slot at = 1; at <= head_.used && in_.good(); ++at)
      for (std::size_t i = 1; i < state_.records[at].line_count; ++i)
        state_.records.line(at, i) = in_.get<record_line>();
    return std::nullopt;
  }

  step_result index_records() {
    constexpr slot ahead = 16;
    for (slot at = 1; at <= head_.used; ++at) {
      if (at + ahead <= head_.used) {
        const record& later = state_.records[at + ahead];
        state_.requests.prefetch(later.request);
        state_.buyers.prefetch(later.sale, later.buyer);
      }
      const record& entry = state_.records[at];
      const request_index::place place = state_.requests.find(entry.request, state_.records);
      if (place.at != 0) return corrupt("request id used twice");
      state_.requests.insert(place, at);
      if (const auto fault = count(at)) return fault;
    }
    return std::nullopt;
  }

  step_result count(slot at) {
    const record& entry = state_.records[at];
    std::uint32_t units = 0;
    for (std::size_t i = 0; i < entry.line_count; ++i) {
      const record_line& line = state_.records.line(at, i);
      if (line.item >= counted_[entry.sale].size() || line.quantity == 0 || line.kept > line.quantity)
        return corrupt("impossible line in record " + std::to_string(at));
      units += line.kept;
      if (owns_units(entry.state))
        (entry.state == record_state::held ? counted_[entry.sale][line.item].held
                                           : counted_[entry.sale][line.item].sold) += line.kept;
    }
    if (entry.state == record_state::held) ++state_.live;
    if (!owns_units(entry.state)) return std::nullopt;
    if (units == 0) return corrupt("record " + std::to_string(at) + " owns nothing");
    // Checked before the index grows: it has room for as many buyers as there are units.
    owned_ += units;
    if (owned_ > state_.stock_total) return corrupt("more units owned than there are");
    state_.buyers.add(state_.buyers.find(entry.sale, entry.buyer), entry.sale, entry.buyer, units);
    return std::nullopt;
  }

  step_result check_sums() {
    std::size_t queued = 0;
    for (std::size_t i = 0; i < counted_.size(); ++i) {
      const auto at = static_cast<std::uint16_t>(i);
      sale_entry& sale = state_.sales[at];
      for (std::size_t item = 0; item < counted_[i].size(); ++item)
        if (!sale.stock[item].balanced() || sale.stock[item].held != counted_[i][item].held ||
            sale.stock[item].sold != counted_[i][item].sold)
          return corrupt("stock does not balance");
      const auto belongs = [&](const record& each) {
        return each.state == record_state::held && each.sale == at;
      };
      if (!walk(sale.holds, belongs)) return corrupt("queue of holds is broken");
      queued += sale.holds.count;
      if (sale.holds.head == 0) continue;
      sale.in_deadlines = true;
      state_.deadlines.push({state_.records[sale.holds.head].expires_at_ms, at});
    }
    const auto finished = [](const record& each) { return is_finished(each.state); };
    const auto tombstone = [](const record& each) { return each.state == record_state::tombstone; };
    if (queued != state_.live || !walk(state_.finished, finished) || !walk(state_.tombstones, tombstone) ||
        !all_queued())
      return corrupt("queues are broken");
    return std::nullopt;
  }

  // Every record is in one queue, or settled: the walks have seen each queue's members once, so counting is
  // enough.
  [[nodiscard]] bool all_queued() const {
    std::size_t settled = 0;
    for (slot at = 1; at <= head_.used; ++at)
      if (owns_units(state_.records[at].state) && state_.records[at].state != record_state::held) ++settled;
    return settled + state_.live + state_.finished.count + state_.tombstones.count == head_.used;
  }

  template <typename Belongs>
  [[nodiscard]] bool walk(const slot_queue& queue, Belongs&& belongs) const {
    slot before = 0;
    slot at = queue.head;
    time_ms deadline = 0;
    for (std::uint32_t left = queue.count; left > 0; --left) {
      if (at == 0 || at > head_.used) return false;
      const record& each = state_.records[at];
      // The way back shows that no slot is passed twice.
      if (each.previous != before || !belongs(each)) return false;
      if (each.state == record_state::held &&
          std::exchange(deadline, each.expires_at_ms) > each.expires_at_ms)
        return false;
      before = std::exchange(at, each.next);
    }
    return at == 0 && before == queue.tail;
  }

  ledger::state& state_;
  input in_;
  stored_head head_;
  snapshot_stamp stamp_;
  std::vector<std::vector<item_stock>> counted_;
  std::uint64_t owned_ = 0;
};

}  // namespace

result<snapshot_stamp> ledger::state::load(snapshot_source& from) { return loader(*this, from).run(); }

}  // namespace seckill::inline v1
