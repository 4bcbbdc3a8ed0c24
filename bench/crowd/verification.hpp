#pragma once

#include "plan.hpp"
#include "tally.hpp"
#include "wire_api.hpp"
#include "workload.hpp"

#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace seckill::crowd {

struct verification_params {
  sale_id sale{};
  std::string host{};
  std::uint64_t start_ns = 0;
  std::uint64_t patience_ns = 15'000'000'000;  ///< orders follow their reservations; so long may they take
};

/// Asks for every acknowledged reservation and its order, and holds the service to what it acknowledged: both
/// exist, belong to that buyer, and say what the shopper was told. What does not (yet) is asked for again
/// until the patience ends, and is a violation then. REQUIRES: plan and tally outlive it, and nobody else
/// changes the tally.
class verification final : public workload {
 public:
  verification(const plan& who, verification_params params, tally& counts);

  [[nodiscard]] std::optional<call> next(std::uint64_t now_ns) override;
  [[nodiscard]] std::optional<std::uint64_t> next_due_ns() const override;
  void write(const call& what, std::string& into) const override;
  void answered(const call& what, const http_response& response, std::uint64_t now_ns) override;
  void failed(const call& what, std::uint64_t now_ns) override;
  void stop() override;
  [[nodiscard]] bool finished() const override;

  /// Reservations and orders found as they should be.
  [[nodiscard]] std::uint64_t reservations_good() const noexcept { return reservations_good_; }
  [[nodiscard]] std::uint64_t orders_good() const noexcept { return orders_good_; }

 private:
  void look_for_shared_ids();
  [[nodiscard]] std::string order_fault(const acknowledgement& of, const http_response& response) const;
  [[nodiscard]] std::string reservation_fault(const acknowledgement& of, const http_response& response) const;
  void not_good(const call& what, const std::string& why, std::uint64_t now_ns);

  const plan& plan_;
  verification_params params_;
  tally& tally_;
  std::queue<call> again_;  // in order of their due times: each waits equally long
  std::uint64_t next_check_ = 0;
  std::uint64_t check_count_ = 0;
  std::uint64_t under_way_ = 0;
  std::uint64_t reservations_good_ = 0;
  std::uint64_t orders_good_ = 0;
};

}  // namespace seckill::crowd
