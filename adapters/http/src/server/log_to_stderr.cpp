#include "log_output.hpp"
#include <seckill/http/log_hook.hpp>

#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <signal.h>
#include <unistd.h>

namespace seckill::inline v1 {
namespace {

/// Lines that wait for the thread that writes them; beyond, the oldest is dropped.
constexpr std::size_t lines_max = 8'192;

spdlog::level::level_enum level_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// Used by the logging thread alone, but for the count.
class stderr_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (!output_.write({line.data(), line.size()})) dropped_.fetch_add(1, std::memory_order_relaxed);
  }
  void flush_() override {}

  http::log_output output_{STDERR_FILENO};
  std::atomic<std::uint64_t> dropped_{0};
};

/// The queue to standard error and its thread. There is one in a process, while anybody holds a hook.
class stderr_log {
 public:
  stderr_log()
      : sink_(std::make_shared<stderr_sink>()),
        queue_(std::make_shared<spdlog::details::thread_pool>(lines_max, 1, [] { block_signals(); })),
        logger_(std::make_shared<spdlog::async_logger>("seckill", sink_, queue_,
                                                       spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");
    logger_->set_level(spdlog::level::debug);
    // spdlog's own handler prints to standard error, which may block.
    logger_->set_error_handler(
        [this](const std::string&) { failed_.fetch_add(1, std::memory_order_relaxed); });
  }

  void write(log_level level, std::string_view line) { logger_->log(level_of(level), "{}", line); }

  [[nodiscard]] std::uint64_t dropped() const {
    const std::uint64_t overrun = queue_ ? queue_->overrun_counter() : overrun_at_end_;
    return overrun + sink_->dropped() + failed_.load(std::memory_order_relaxed);
  }

  /// Writes what waits and ends the thread.
  void finish() {
    overrun_at_end_ = queue_->overrun_counter();
    queue_.reset();
  }

 private:
  /// The thread belongs to nobody's signal handling, and a reader that has gone must not end the process.
  static void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
  }

  std::atomic<std::uint64_t> failed_{0};
  std::uint64_t overrun_at_end_ = 0;
  std::shared_ptr<stderr_sink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> queue_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

/// What the process's hooks share.
struct shared_log {
  std::mutex mutex;
  std::weak_ptr<stderr_log> present;
  std::uint64_t dropped_before = 0;  ///< by those that have ended

  std::shared_ptr<stderr_log> get() {
    const std::lock_guard lock(mutex);
    if (auto running = present.lock()) return running;
    std::shared_ptr<stderr_log> made(new stderr_log, [this](stderr_log* ended) { end(ended); });
    present = made;
    return made;
  }
  void end(stderr_log* ended) {
    ended->finish();
    {
      const std::lock_guard lock(mutex);
      dropped_before += ended->dropped();
    }
    delete ended;
  }
  std::uint64_t dropped() {
    std::unique_lock lock(mutex);
    const auto running = present.lock();
    const std::uint64_t all = dropped_before + (running ? running->dropped() : 0);
    lock.unlock();  // the last holder of a log ends it, which takes the lock
    return all;
  }
};

/// Never destroyed: hooks may outlive static objects.
shared_log& of_process() {
  static auto* const made = new shared_log;
  return *made;
}

}  // namespace

log_hook log_to_stderr() {
  return [log = of_process().get()](log_level level, std::string_view line) { log->write(level, line); };
}

std::uint64_t log_lines_dropped() noexcept { return of_process().dropped(); }

}  // namespace seckill::inline v1
