#pragma once

#include "plan.hpp"
#include "tally.hpp"
#include "wire_api.hpp"
#include "workload.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace seckill::crowd {

struct shoppers_params {
  sale_id sale{};
  std::string host{};            ///< for the Host header
  std::uint64_t opening_ns = 0;  ///< the plan's zero, on the driver's clock
  std::uint64_t duration_ns =
      60'000'000'000;               ///< after the opening; then nobody arrives, comes back or retries
  bool retry = false;               ///< repeat a request that got no answer or a transient one
  std::uint32_t attempts_max = 20;  ///< of one request
};

/// The crowd at the door: everybody reserves, then pays, gives up or abandons, as the plan says.
///
/// Checks while it goes: one request is never answered with two reservations. Memory is bounded by the
/// reservations accepted and the calls under way, not by the crowd. REQUIRES: plan and tally outlive it.
class shoppers final : public workload {
 public:
  /// Called when the service has acknowledged something: "reserved", "confirmed", "cancelled".
  using acknowledged_handler = std::function<void(std::string_view what, reservation_id reservation)>;

  shoppers(const plan& who, shoppers_params params, tally& counts, acknowledged_handler on_acknowledged = {});

  [[nodiscard]] std::optional<call> next(std::uint64_t now_ns) override;
  [[nodiscard]] std::optional<std::uint64_t> next_due_ns() const override;
  void write(const call& what, std::string& into) const override;
  void answered(const call& what, const http_response& response, std::uint64_t now_ns) override;
  void failed(const call& what, std::uint64_t now_ns) override;
  void stop() override;
  [[nodiscard]] bool finished() const override;

 private:
  struct later {
    bool operator()(const call& a, const call& b) const noexcept { return a.due_ns > b.due_ns; }
  };
  // A shopper who sends twice, until both answers are there.
  struct twin {
    std::uint32_t answers_left = 2;
    reservation_id reservation{};
  };

  [[nodiscard]] bool somebody_arrives(std::uint64_t now_ns) const;
  [[nodiscard]] std::uint64_t arrival_due_ns() const;
  [[nodiscard]] bool time_is_up(std::uint64_t now_ns) const;
  call arrive(std::uint64_t now_ns);
  void reserve_answered(const call& what, const reply& said, const http_response& response,
                        std::uint64_t now_ns);
  void reserved(const call& what, const reply& said, std::uint64_t now_ns);
  void follow_up(const call& what, std::size_t record, std::uint64_t now_ns);
  void come_back(const call& what, std::uint64_t wait_ns, std::uint64_t now_ns);
  void settled(const call& what, const reply& said, std::uint64_t now_ns);
  bool try_again(const call& what, std::uint64_t now_ns);
  void left_unanswered(const call& what);
  void twin_answered(std::uint64_t index);

  const plan& plan_;
  shoppers_params params_;
  tally& tally_;
  acknowledged_handler on_acknowledged_;
  std::string reserve_target_;

  std::priority_queue<call, std::vector<call>, later> waiting_;
  std::unordered_map<std::uint64_t, twin> twins_;
  std::uint64_t next_index_ = 0;
  std::uint64_t under_way_ = 0;
  bool stopped_ = false;
};

}  // namespace seckill::crowd
