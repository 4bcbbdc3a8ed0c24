#pragma once

#include <seckill/export.hpp>
#include <seckill/ports/lease_store.hpp>

#include <cstddef>
#include <memory>

namespace seckill::inline v1 {

struct memory_lease_params {
  std::size_t leases_max = 65'536;  ///< held at a time; beyond it a request is errc::unavailable
};

/// What memory_lease_store writes on: it outlives the stores that use it, as a server outlives its clients.
class SECKILL_EXPORT lease_image {
 public:
  /// Throws std::invalid_argument that names the parameter.
  explicit lease_image(const memory_lease_params& params = {});
  lease_image(const lease_image&) = delete;
  lease_image& operator=(const lease_image&) = delete;
  ~lease_image();

 private:
  friend class memory_lease_store;
  class state;
  std::unique_ptr<state> state_;
};

/// Leases for the nodes of one process: for tests, and where there is one process. Any number of stores may use one
/// image. Its only clock is what it is told. Memory: leases that are over go when room is needed.
[[nodiscard]] SECKILL_EXPORT std::unique_ptr<lease_store> make_memory_lease_store(
    std::shared_ptr<lease_image> image = std::make_shared<lease_image>());

}  // namespace seckill::inline v1
