#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/executor.hpp>

#include <cstddef>
#include <memory>

namespace seckill::inline v1 {

struct worker_pool_params {
  std::size_t threads = 8;            ///< as many calls to caches and databases can be under way
  std::size_t tasks_max = 65'536;     ///< waiting for a thread
  std::size_t later_max = 1'000'000;  ///< waiting for their time
};

/// Threads that do what may block.
///
/// Guarantees: those of executor; tasks that are due start in the order in which they were posted. The destructor waits
/// for running tasks and destroys the others unrun. Threads: any. Its time is the monotonic clock.
/// Throws std::invalid_argument that names the parameter, std::system_error without threads.
class SECKILL_EXPORT worker_pool final : public executor {
 public:
  explicit worker_pool(const worker_pool_params& params = {});
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;
  ~worker_pool() override;

  [[nodiscard]] bool post(task work) override;
  [[nodiscard]] bool post_at(time_ns when, task work) override;
  [[nodiscard]] time_ns now_ns() const noexcept override;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace seckill::inline v1
