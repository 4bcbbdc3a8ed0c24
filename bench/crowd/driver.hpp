#pragma once

#include "client.hpp"
#include "tally.hpp"
#include "workload.hpp"
#include <seckill/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace seckill::crowd {

struct driver_params {
  endpoint to{};
  std::uint32_t connections = 64;
  std::chrono::milliseconds timeout{10'000};  ///< of one request, from when it left
};

/// Carries a workload out over keep-alive connections, one request at a time on each, all on the calling
/// thread.
///
/// A connection that breaks is opened again; the request on it is reported as failed. SIGINT and SIGTERM stop
/// the workload, a second one ends the run at once. Threads: one. REQUIRES: the tally outlives it.
class driver {
 public:
  driver(driver_params params, tally& counts);
  ~driver();

  /// Opens every connection. Errors: none could be opened; the text says the cure.
  [[nodiscard]] result<void> connect();
  /// Returns when the workload is finished. `on_tick` is called about ten times a second.
  void run(workload& work, const std::function<void()>& on_tick = {});
  /// A signal came.
  [[nodiscard]] bool interrupted() const noexcept;

  /// The clock of all workloads: monotonic, ns.
  [[nodiscard]] static std::uint64_t now_ns() noexcept;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::crowd
