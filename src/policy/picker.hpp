#pragma once

#include <seckill/policy/load_balancer_params.hpp>
#include <seckill/policy/target.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace seckill::inline v1 {

/// Where one search for a target stands.
struct pick_walk {
  std::uint64_t key = 0;
  std::uint64_t random = 0;  // a state of splitmix64
  std::uint32_t turn = 0;
  std::size_t place = 0;
};

/// The order in which one set of targets is tried; whether a proposal can be taken is the balancer's to say. Immutable but
/// for the rotation.
class picker {
 public:
  virtual ~picker() = default;
  /// The next index to try. The same may come again.
  [[nodiscard]] virtual std::uint32_t propose(pick_walk& walk) const noexcept = 0;
  /// More proposals than this are not worth asking for.
  [[nodiscard]] virtual std::uint32_t turns_max() const noexcept { return 32; }
};

/// `rotation`: where round robin stands, from one set to the next; must outlive the picker. REQUIRES: a weight that is not
/// 0.
[[nodiscard]] std::unique_ptr<const picker> make_picker(const load_balancer_params& params,
                                                        std::span<const target> targets,
                                                        std::atomic<std::uint64_t>& rotation);

}  // namespace seckill::inline v1
