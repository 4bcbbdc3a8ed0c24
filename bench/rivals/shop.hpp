#pragma once

#include <seckill/ids.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace seckill::rivals {

/// What a buyer asks for: one unit of an item.
struct wish {
  request_id request;
  buyer_id buyer{};
  sku_id sku{};
};

/// What every rival answers. `failed`: nothing happened, ask again (a deadlock victim, for example).
enum class verdict : std::uint8_t {
  reserved = 0,
  replayed = 1,
  limit_exceeded = 2,
  sold_out = 3,
  failed = 4,
};

/// The sale that every rival holds: an item with plenty, and one that sells out.
struct sale_terms {
  static constexpr sku_id plenty{1};
  static constexpr sku_id scarce{2};
  std::uint32_t plenty_stock = 10'000'000;
  std::uint32_t scarce_stock = 100;
  std::uint32_t limit_per_buyer = 5;  ///< of each item
  time_ms opens_at_ms = 0;
  time_ms closes_at_ms = 0;
  time_ms ttl_ms = 3'600'000;
};

/// What a rival has in its books of one item.
struct books {
  std::uint64_t available = 0;
  std::uint64_t ordered = 0;  ///< units in order records
  std::uint64_t counted = 0;  ///< units in the buyers' counts
};

/// One connection with requests on their way. Answers come in the order of requests. Failures of the connection
/// throw std::runtime_error: there is nothing to measure then.
class lane {
 public:
  virtual ~lane() = default;
  virtual void add(const wish& what, time_ms now) = 0;
  /// Sends what was added. Each has an answer to be received.
  virtual void flush() = 0;
  [[nodiscard]] virtual verdict receive() = 0;
  /// Readable when there is something to receive.
  [[nodiscard]] virtual int descriptor() const = 0;
};

/// A server that sells. Throws std::runtime_error.
class shop {
 public:
  virtual ~shop() = default;
  virtual void open(const sale_terms& terms) = 0;
  [[nodiscard]] virtual std::unique_ptr<lane> connect() = 0;
  [[nodiscard]] virtual books read(sku_id sku) = 0;
};

/// The request as 32 hexadecimal digits.
[[nodiscard]] std::string to_hex(const request_id& request);

[[nodiscard]] time_ms wall_clock_ms();

}  // namespace seckill::rivals
