#include "log_writer.hpp"

#include <string>

namespace seckill::inline v1::http {

void log_writer::write(frequent kind, log_level level, std::string_view line) {
  if (!hook_) return;
  throttle& of = throttles_[static_cast<std::size_t>(kind)];
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t now_s = std::chrono::duration_cast<std::chrono::seconds>(since_start).count();
  std::int64_t next_s = of.next_s.load(std::memory_order_relaxed);
  if (now_s < next_s || !of.next_s.compare_exchange_strong(next_s, now_s + 1, std::memory_order_relaxed)) {
    of.left_out.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const std::uint64_t left_out = of.left_out.exchange(0, std::memory_order_relaxed);
  if (left_out == 0) return hook_(level, line);
  hook_(level, std::string(line) + " left_out=" + std::to_string(left_out));
}

}  // namespace seckill::inline v1::http
