#pragma once

#include "call.hpp"
#include "http_wire.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace seckill::crowd {

/// Decides which requests are made and what their answers mean; does no I/O and reads no clock. A driver
/// carries it out, tests step through it.
///
/// Every call taken from next() comes back exactly once, through answered() or failed(). Times are ns of one
/// monotonic clock. Threads: one at a time.
class workload {
 public:
  virtual ~workload() = default;

  /// The oldest call that is due at `now_ns`, if any.
  [[nodiscard]] virtual std::optional<call> next(std::uint64_t now_ns) = 0;
  /// When next() will have something, as far as is known without further answers.
  [[nodiscard]] virtual std::optional<std::uint64_t> next_due_ns() const = 0;
  /// Appends the request's bytes.
  virtual void write(const call& what, std::string& into) const = 0;

  virtual void answered(const call& what, const http_response& response, std::uint64_t now_ns) = 0;
  /// No answer: refused, reset, timed out or not HTTP. The request may or may not have taken effect.
  virtual void failed(const call& what, std::uint64_t now_ns) = 0;

  /// Nothing new from here on; calls already taken still come back.
  virtual void stop() = 0;
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace seckill::crowd
