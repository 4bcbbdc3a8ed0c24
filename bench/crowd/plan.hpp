#pragma once

#include <seckill/ids.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace seckill::crowd {

/// What a shopper does with a reservation.
enum class intention : std::uint8_t {
  pay,
  give_up,  ///< cancels
  abandon,  ///< does nothing: the hold lapses
};

struct plan_params {
  std::uint64_t seed = 1;
  std::uint64_t buyers = 1;
  std::uint64_t buyer_first = 1;  ///< buyers are numbered upwards from here
  std::uint64_t rate_per_s = 0;  ///< arrivals; 0: none is planned, a shopper comes whenever one can be served
  std::vector<sku_id> skus;      ///< each shopper wants one of them; at least one
  std::uint32_t quantity = 1;    ///< units
  std::uint32_t pay_percent = 100;
  std::uint32_t give_up_percent = 0;  ///< pay + give up <= 100; the rest abandon
  std::uint32_t duplicate_percent = 0;
  std::uint32_t patient_percent = 0;
  std::uint64_t think_max_ns = 0;  ///< time between the reservation and what is done with it: up to this
};

struct shopper {
  buyer_id buyer{};
  request_id request;  ///< a random UUID (RFC 9562 version 4)
  sku_id sku{};
  std::uint32_t quantity = 0;
  intention then{};
  bool sends_twice = false;
  bool patient = false;  ///< comes back as long as holds may come back
  std::uint64_t think_ns = 0;
};

/// Who comes, when, and what they do: a pure function of (params, index), so a crowd of any size takes no
/// memory and the same seed brings the same crowd. Threads: any.
class plan {
 public:
  /// Errors: throws std::invalid_argument naming the parameter.
  explicit plan(plan_params params);

  [[nodiscard]] shopper at(std::uint64_t index) const noexcept;
  /// After the opening. Arrivals ascend: one at a random moment of each 1/rate, so that they neither march
  /// nor drift.
  [[nodiscard]] std::uint64_t arrival_ns(std::uint64_t index) const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept { return params_.buyers; }
  [[nodiscard]] bool open_loop() const noexcept { return params_.rate_per_s != 0; }
  [[nodiscard]] const plan_params& params() const noexcept { return params_; }

  /// A number below `bound` that depends on the seed, the shopper and `salt` alone. REQUIRES: bound > 0.
  [[nodiscard]] std::uint64_t draw(std::uint64_t index, std::uint64_t salt,
                                   std::uint64_t bound) const noexcept;

 private:
  plan_params params_;
};

/// As UUIDs are written: 8-4-4-4-12 lower-case hexadecimal digits.
[[nodiscard]] std::string to_uuid(request_id id);

}  // namespace seckill::crowd
