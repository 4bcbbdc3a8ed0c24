#pragma once

#include "engine/answer_counters.hpp"
#include "engine/ledger_clock.hpp"
#include "engine/recovery.hpp"
#include "engine/shard.hpp"
#include "engine/shard_runner.hpp"
#include <seckill/engine.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace seckill::inline v1 {

// The engine behind engine::open().
class running_engine final : public engine {
 public:
  // Recovers the shards. Errors: as engine::open(), for params that were checked.
  [[nodiscard]] static result<std::unique_ptr<engine>> start(const engine_params& params,
                                                             std::vector<std::unique_ptr<journal>> journals,
                                                             const time_source& time);
  explicit running_engine(const engine_params& params) : params_(params) {}
  ~running_engine() override { running_engine::stop(); }

  void submit(const submission& what) override { running_engine::submit(std::span(&what, 1)); }
  void submit(std::span<const submission> batch) override;
  void read(std::uint8_t shard, std::function<void(const ledger&)> look,
            std::function<void(outcome)> then) override;
  std::optional<board_sale> find_sale(sale_id sale) const override;
  std::vector<sale_id> sales() const override;
  fleet_id fleet() const noexcept override { return fleet_; }
  std::uint8_t shard_count() const noexcept override { return static_cast<std::uint8_t>(shards_.size()); }
  std::uint8_t shard_of(sale_id sale) const noexcept override;
  const availability_board& board(std::uint8_t shard) const override;
  result<std::unique_ptr<event_feed>> open_feed(std::uint8_t shard, std::string_view name) override;
  result<void> rewind_feed(std::uint8_t shard, std::string_view name, std::uint64_t sequence) override;
  result<void> drop_feed(std::uint8_t shard, std::string_view name) override;
  result<void> snapshot(std::uint8_t shard) override;
  engine_stats stats() const override;
  time_ms now_ms() const noexcept override { return time_->now_ms(); }
  time_status accept_wall_clock() override;
  void tick() override;
  void stop() override;

 private:
  // A shard with all that belongs to it.
  struct member {
    engine_params params;  // with the shard's number in the ledger's
    std::unique_ptr<journal> storage;
    std::unique_ptr<shard> work;
    std::unique_ptr<shard_runner> threads;

    // Held while snapshots are written, and while frames are trimmed or a feed is opened or dropped.
    std::mutex snapshot_mutex;
    std::mutex retention_mutex;
    std::set<std::string, std::less<>> open_feeds;  // under the retention mutex

    std::atomic<std::uint64_t> snapshot_sequence{0};
    mutable std::mutex snapshot_failure_mutex;
    std::string snapshot_failure;
    std::chrono::steady_clock::time_point next_attempt{};  // of the snapshot thread
  };

  [[nodiscard]] ledger_identity identity_of(const member& each) const;
  [[nodiscard]] result<void> open_shards(std::vector<std::unique_ptr<journal>> journals,
                                         const time_source& time);
  [[nodiscard]] result<void> add_shard(std::unique_ptr<member> fresh, recovered found,
                                       const time_source& time);
  [[nodiscard]] std::uint8_t route(const command& what) const noexcept;
  void submit_some(std::span<const submission> some, time_ms now);
  void answer_at_once(const submission& what, const answer& reply, bool by_board = false) noexcept;
  [[nodiscard]] result<void> take_snapshot(member& of);
  void snapshot_in_background();
  [[nodiscard]] result<void> check_shard(std::uint8_t shard) const;

  const engine_params params_;
  journaled_time latest_;               // of all journals
  std::unique_ptr<ledger_clock> time_;  // set once the journals are read
  fleet_id fleet_;
  answer_counters counters_;
  std::vector<std::unique_ptr<member>> shards_;

  std::atomic<bool> stopped_{false};
  std::mutex stop_mutex_;
  std::mutex snapshot_thread_mutex_;
  std::condition_variable snapshot_thread_wakes_;
  std::thread snapshot_thread_;
};

}  // namespace seckill::inline v1
