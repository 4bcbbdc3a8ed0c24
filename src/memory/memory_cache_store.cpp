#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/policy/detail/later.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr time_ns time_min_ns = 1'000'000;

struct entry {
  bool cached = false;
  std::optional<stored_record> record = std::nullopt;  // cached: nothing is the absence
  time_ns expires_at = 0;
  std::uint64_t lease = 0;
  time_ns lease_until = 0;
  std::uint64_t write = 0;
  time_ns held_until = 0;

  [[nodiscard]] bool held(time_ns now) const noexcept { return write != 0 && now <= held_until; }
  void empty() {
    cached = false;
    record.reset();
    lease = 0;
  }
};

result<void> checked(std::string_view key, time_ns length_ns = time_min_ns) {
  if (key.empty() || key.size() > cache_key_size_max)
    return make_error(errc::invalid_argument, "cache: a key has 1 to 512 bytes");
  if (length_ns < time_min_ns)
    return make_error(errc::invalid_argument, "cache: ttl_ns and hold_ns must be at least 1 ms");
  return {};
}

class memory_cache_store final : public cache_store {
 public:
  explicit memory_cache_store(const memory_cache_params& params) : params_(params) {}

  result<std::vector<cache_lookup>> get(std::span<const std::string_view> keys, time_ns now) override {
    for (const std::string_view key : keys)
      if (auto good = checked(key); !good) return good.error();
    const std::lock_guard lock(mutex_);
    std::vector<cache_lookup> answers;
    answers.reserve(keys.size());
    for (const std::string_view key : keys) answers.push_back(look(key, now));
    return answers;
  }

  result<bool> fill(std::string_view key, std::uint64_t lease, const std::optional<stored_record>& record,
                    time_ns ttl_ns, time_ns now) override {
    if (auto good = checked(key, ttl_ns); !good) return good.error();
    const std::lock_guard lock(mutex_);
    entry* under_lease = leased(key, lease);
    if (under_lease == nullptr) return false;
    under_lease->empty();
    under_lease->cached = true;
    under_lease->record = record;
    under_lease->expires_at = detail::later(now, ttl_ns);
    return true;
  }

  result<void> cancel(std::string_view key, std::uint64_t lease, time_ns) override {
    if (auto good = checked(key); !good) return good.error();
    const std::lock_guard lock(mutex_);
    if (leased(key, lease) != nullptr) entries_.erase(std::string(key));
    return {};
  }

  result<void> erase(std::string_view key, time_ns now) override {
    if (auto good = checked(key); !good) return good.error();
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(std::string(key));
    if (found == entries_.end()) return {};
    found->second.empty();
    if (!found->second.held(now)) entries_.erase(found);
    return {};
  }

  result<std::uint64_t> begin_write(std::string_view key, time_ns hold_ns, time_ns now) override {
    if (auto good = checked(key, hold_ns); !good) return good.error();
    const std::lock_guard lock(mutex_);
    entry* held = place_for(key, now);
    if (held == nullptr)
      return make_error(errc::unavailable, "cache: keys_max are held by writers; allow more keys");
    held->empty();
    const time_ns until = detail::later(now, hold_ns);
    held->held_until = held->held(now) ? std::max(held->held_until, until) : until;
    held->write = ++last_number_;
    return held->write;
  }

  result<void> end_write(std::string_view key, std::uint64_t write, time_ns now) override {
    if (auto good = checked(key); !good) return good.error();
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(std::string(key));
    if (found == entries_.end()) return {};
    found->second.empty();
    if (found->second.write == write || !found->second.held(now)) entries_.erase(found);
    return {};
  }

 private:
  cache_lookup look(std::string_view key, time_ns now) {
    const auto found = entries_.find(std::string(key));
    if (found != entries_.end()) {
      const entry& known = found->second;
      if (known.held(now)) return {.state = cache_state::being_written};
      if (known.cached && now <= known.expires_at)
        return known.record ? cache_lookup{.state = cache_state::value, .record = *known.record}
                            : cache_lookup{.state = cache_state::absent};
      if (known.lease != 0 && now <= known.lease_until) return {.state = cache_state::being_loaded};
    }
    entry* place = place_for(key, now);
    if (place == nullptr) return {.state = cache_state::being_written};  // nothing can be cached now
    *place = {.lease = ++last_number_, .lease_until = detail::later(now, params_.lease_interval_ns)};
    return {.state = cache_state::load, .lease = place->lease};
  }

  entry* leased(std::string_view key, std::uint64_t lease) {
    const auto found = entries_.find(std::string(key));
    return found != entries_.end() && lease != 0 && found->second.lease == lease ? &found->second : nullptr;
  }

  // Null: every place is held by a writer.
  entry* place_for(std::string_view key, time_ns now) {
    const auto found = entries_.find(std::string(key));
    if (found != entries_.end()) return &found->second;
    if (entries_.size() >= params_.keys_max) {
      const auto victim =
          std::ranges::find_if(entries_, [now](const auto& each) { return !each.second.held(now); });
      if (victim == entries_.end()) return nullptr;
      entries_.erase(victim);
    }
    return &entries_[std::string(key)];
  }

  const memory_cache_params params_;
  std::mutex mutex_;
  boost::unordered_flat_map<std::string, entry> entries_;
  std::uint64_t last_number_ = 0;  // of leases and writes
};

}  // namespace

std::unique_ptr<cache_store> make_memory_cache_store(const memory_cache_params& params) {
  if (params.keys_max == 0) throw std::invalid_argument("memory_cache_store: keys_max must be at least 1");
  if (params.lease_interval_ns < time_min_ns)
    throw std::invalid_argument("memory_cache_store: lease_interval_ns must be at least 1 ms");
  return std::make_unique<memory_cache_store>(params);
}

}  // namespace seckill::inline v1
