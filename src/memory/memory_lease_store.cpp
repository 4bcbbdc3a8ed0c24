#include <seckill/memory/memory_lease_store.hpp>
#include <seckill/policy/detail/later.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

struct lease {
  std::uint64_t owner = 0;
  std::uint64_t token = 0;
  time_ns expires_at = 0;

  [[nodiscard]] bool over(time_ns now) const noexcept { return now > expires_at; }
};

result<void> checked(std::string_view name, time_ns ttl_ns) {
  if (name.empty() || name.size() > lease_name_size_max)
    return make_error(errc::invalid_argument, "lease: a name has 1 to 255 bytes");
  if (ttl_ns < lease_ttl_min_ns || ttl_ns > lease_ttl_max_ns)
    return make_error(errc::invalid_argument, "lease: ttl_ns must be 1 ms to 1 day");
  return {};
}

}  // namespace

class SECKILL_HIDDEN lease_image::state {
 public:
  explicit state(std::size_t most) : leases_max(most) {}

  // The lease, if it is this token's and not over.
  lease* held(std::string_view name, std::uint64_t token, time_ns now) {
    const auto found = leases.find(std::string(name));
    if (found == leases.end() || found->second.token != token || found->second.over(now)) return nullptr;
    return &found->second;
  }
  bool make_room(time_ns now) {
    if (leases.size() >= leases_max)
      erase_if(leases, [now](const auto& each) { return each.second.over(now); });
    return leases.size() < leases_max;
  }

  const std::size_t leases_max;
  std::mutex mutex;
  boost::unordered_flat_map<std::string, lease> leases;
  std::uint64_t last_token = 0;  // of all names, so that a name can be forgotten
};

lease_image::lease_image(const memory_lease_params& params) {
  if (params.leases_max == 0)
    throw std::invalid_argument("memory_lease_store: leases_max must be at least 1");
  state_ = std::make_unique<state>(params.leases_max);
}
lease_image::~lease_image() = default;

class memory_lease_store final : public lease_store {
 public:
  explicit memory_lease_store(std::shared_ptr<lease_image> image) : image_(std::move(image)) {}

  result<lease_grant> acquire(std::string_view name, std::uint64_t owner, time_ns ttl_ns,
                              time_ns now) override {
    if (auto good = checked(name, ttl_ns); !good) return good.error();
    if (owner == 0) return make_error(errc::invalid_argument, "lease: owner must not be zero");
    lease_image::state& server = *image_->state_;
    const std::lock_guard lock(server.mutex);
    const auto found = server.leases.find(std::string(name));
    const bool known = found != server.leases.end();
    if (known && !found->second.over(now)) {
      if (found->second.owner != owner)
        return lease_grant{0, detail::later(found->second.expires_at - now, 1)};
      found->second.expires_at = detail::later(now, ttl_ns);
      return lease_grant{found->second.token, 0};
    }
    const lease granted{owner, ++server.last_token, detail::later(now, ttl_ns)};
    if (known) {
      found->second = granted;
      return lease_grant{granted.token, 0};
    }
    if (!server.make_room(now))
      return make_error(errc::unavailable, "lease: leases_max are held; release some or allow more");
    server.leases.emplace(name, granted);
    return lease_grant{granted.token, 0};
  }

  result<bool> renew(std::string_view name, std::uint64_t token, time_ns ttl_ns, time_ns now) override {
    if (auto good = checked(name, ttl_ns); !good) return good.error();
    const std::lock_guard lock(image_->state_->mutex);
    lease* mine = image_->state_->held(name, token, now);
    if (mine != nullptr) mine->expires_at = detail::later(now, ttl_ns);
    return mine != nullptr;
  }

  result<bool> release(std::string_view name, std::uint64_t token, time_ns now) override {
    if (auto good = checked(name, lease_ttl_min_ns); !good) return good.error();
    const std::lock_guard lock(image_->state_->mutex);
    const bool mine = image_->state_->held(name, token, now) != nullptr;
    if (mine) image_->state_->leases.erase(std::string(name));
    return mine;
  }

 private:
  std::shared_ptr<lease_image> image_;
};

std::unique_ptr<lease_store> make_memory_lease_store(std::shared_ptr<lease_image> image) {
  return std::make_unique<memory_lease_store>(std::move(image));
}

}  // namespace seckill::inline v1
