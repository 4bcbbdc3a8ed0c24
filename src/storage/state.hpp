#pragma once

#include <seckill/storage.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seckill::inline v1 {

/// What a storage and its tasks share. Threads: any.
class SECKILL_HIDDEN storage::state : public std::enable_shared_from_this<state> {
 public:
  using flights = single_flight<std::string, found_record>;

  state(const storage_levels& levels, const storage_params& params)
      : levels_(levels), params_(params), flights_(params.flights) {}

  [[nodiscard]] result<void> subscribe();
  /// Nothing is told to it any more.
  void unsubscribe() noexcept { subscription_.reset(); }

  [[nodiscard]] time_ns now() const noexcept { return levels_.work->now_ns(); }
  [[nodiscard]] bool accepts(std::string_view key) const noexcept;
  [[nodiscard]] std::optional<found_record> look(std::string_view key, time_ns now);
  void read(std::string_view key, time_ns now, time_ns deadline, read_done done);
  void read_many(std::span<const std::string_view> keys, time_ns now, time_ns deadline, read_many_done done);

  struct write {
    enum class kind {
      create,
      update,
      remove
    } what;
    std::string key;
    std::string value;
    std::optional<std::uint64_t> expected;
    write_done done;
  };
  void post(write what);

  [[nodiscard]] storage_stats stats() const noexcept;

 private:
  enum counter {
    refused_ids,
    filtered,
    source_loads,
    shared_hits,
    waits,
    refreshes,
    stale_served,
    timed_out,
    source_failures,
    shared_failures,
    bus_failures,
    local_flushes,
    counter_count
  };
  class read_op;
  struct load {
    flights::leader lead;
    time_ns since;
    bool refreshes;  // the local value is served meanwhile
    bool keeps_local = false;
    fill_ticket ticket{};
    std::uint64_t lease = 0;
    [[nodiscard]] std::string_view key() const noexcept { return lead.key(); }
  };
  using load_batch = std::vector<load>;

  void count(counter what, std::uint64_t n = 1) noexcept {
    counters_[what].fetch_add(n, std::memory_order_relaxed);
  }

  // Reads.
  [[nodiscard]] std::optional<found_record> look_cached(std::string_view key, time_ns now);
  [[nodiscard]] flights::leader wait_for(std::string_view key, time_ns deadline, read_done done);
  void expire(const std::weak_ptr<read_op>& waiting, errc code, const char* why);
  void refresh(std::string_view key, time_ns now);

  // Loads, on the executor.
  void start(load_batch batch, std::optional<time_ns> at = std::nullopt);
  void run(load_batch& batch);
  void begin(load_batch& batch, time_ns now);
  [[nodiscard]] std::vector<cache_lookup> ask_shared(const load_batch& batch, time_ns now);
  void ask_source(load_batch& batch);
  void fail(load_batch& batch, const error& why);
  void fill_shared(const load& of, const std::optional<stored_record>& record, time_ns now);
  void settle(load& done, const found_record& found, time_ns load_ns);
  [[nodiscard]] time_ns varied(time_ns ttl_ns) noexcept;

  // Writes, on the executor.
  void run(write& what);
  [[nodiscard]] result<write_answer> write_source(const write& what);
  void tell_changed(const write& what);
  void publish(const bus_event& what);
  void owe_flush();
  void pay_flush();

  void on_bus(const bus_event& what);
  void flush_local();

  const storage_levels levels_;
  const storage_params params_;
  flights flights_;
  std::atomic<bool> local_usable_{true};
  std::atomic<bool> flush_owed_{false};
  std::atomic<std::uint64_t> random_{0};
  std::array<std::atomic<std::uint64_t>, counter_count> counters_{};
  std::unique_ptr<invalidation_bus::subscription> subscription_;
};

}  // namespace seckill::inline v1
