#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>
#include <seckill/storage_params.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1 {

/// Who answered a read.
enum class record_origin : std::uint8_t {
  id_check,  ///< absent: it cannot be a key
  filter,    ///< absent: no such key was ever created
  local,
  shared,
  source,
  stale,  ///< the local cache, after its time, because the source failed
};

struct found_record {
  record_ptr record{};  ///< null: there is no such record
  record_origin origin{};
};

/// Records behind three levels: this process's cache, the fleet's cache, the source. Create, read, update, remove.
///
/// Guarantees:
/// - a read that begins after a write was answered sees it, or a later one: on the same node at once, on others when the
///   bus has told them; what has been cached before a write is never cached again after it, whoever dies when;
/// - of one key one load runs on a node at a time, and one in the fleet for each lease of the shared cache; all who ask
///   meanwhile get what it came to. A failed load is answered with an old value if local_records has one, and is not kept;
/// - a key that does not exist costs the source nothing if the filter knows it, else one load for each absence ttl; one
///   that was created is there at once;
/// - a bus that is lost flushes the local cache, which stays unused until the bus is back; the filter is distrusted
///   until it is rebuilt;
/// - a write is refused, and not done, when the shared cache cannot be told of it first; a shared cache that fails reads
///   only costs loads.
///
/// Nothing here blocks but what is called so: what is not known at once goes to the executor, and the answer comes on one
/// of its threads. The answer is given once, always, and before the call returns if it is known.
/// Threads: any. Answers must be quick and must not throw. Destroyed, it answers what was asked before.
class SECKILL_EXPORT storage {
 public:
  using read_done = std::function<void(const result<found_record>&)>;
  using read_many_done = std::function<void(const std::vector<result<found_record>>&)>;
  using write_done = std::function<void(const result<write_answer>&)>;

  static constexpr time_ns no_deadline = std::numeric_limits<time_ns>::max();

  /// Errors: errc::invalid_argument naming the parameter; those of the bus.
  [[nodiscard]] static result<std::unique_ptr<storage>> open(const storage_levels& levels,
                                                             const storage_params& params = {});
  storage(const storage&) = delete;
  storage& operator=(const storage&) = delete;
  ~storage();

  /// What is known without asking anybody; nothing: read(). `now`, here and below: the executor's time.
  [[nodiscard]] std::optional<found_record> find_local(std::string_view key, time_ns now);
  /// Errors: errc::timed_out at `deadline`, while the load goes on for others; errc::unavailable when there is no room, or
  /// another node has been loading for too long; those of the source.
  void read(std::string_view key, time_ns now, time_ns deadline, read_done done);
  /// Answers in the order of the keys, when all are there: what is missed costs a round trip for each batch_max, not for each
  /// key. Also warms the caches before a sale opens.
  void read_many(std::span<const std::string_view> keys, time_ns now, time_ns deadline, read_many_done done);

  /// Errors of the writes: errc::invalid_argument for what cannot be a key; errc::unavailable, nothing was written: no room,
  /// or the shared cache is away; those of the source.
  void create(std::string_view key, std::string_view value, write_done done);
  /// `expected`: the version that was read, so that no other change is overwritten; nothing: whatever is there.
  void update(std::string_view key, std::string_view value, std::optional<std::uint64_t> expected,
              write_done done);
  void remove(std::string_view key, std::optional<std::uint64_t> expected, write_done done);

  /// The same, waiting for the answer. Not from an answer, nor on a thread of the executor.
  [[nodiscard]] result<found_record> read_blocking(std::string_view key, time_ns deadline = no_deadline);
  [[nodiscard]] result<write_answer> create_blocking(std::string_view key, std::string_view value);
  [[nodiscard]] result<write_answer> update_blocking(std::string_view key, std::string_view value,
                                                     std::optional<std::uint64_t> expected = std::nullopt);
  [[nodiscard]] result<write_answer> remove_blocking(std::string_view key,
                                                     std::optional<std::uint64_t> expected = std::nullopt);

  [[nodiscard]] storage_stats stats() const noexcept;

 private:
  class state;
  explicit storage(std::shared_ptr<state> shared);
  std::shared_ptr<state> state_;
};

}  // namespace seckill::inline v1
