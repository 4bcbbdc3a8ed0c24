#pragma once

#include <seckill/ports/cache_store.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace seckill::testing {

/// What the suite runs on. `make` gives an empty cache of many keys whose lease interval is 3 s. `elapse` lets that many
/// nanoseconds pass for the caches, and answers with the time to tell them.
struct cache_store_under_test {
  std::string name;
  std::function<std::shared_ptr<cache_store>()> make;
  std::function<time_ns(time_ns)> elapse;
};

class cache_store_conformance : public ::testing::TestWithParam<cache_store_under_test> {
 protected:
  time_ns elapse(time_ns by) const { return GetParam().elapse(by); }
  [[nodiscard]] time_ns now() const { return elapse(0); }
  [[nodiscard]] cache_lookup get(std::string_view key) const {
    return cache_->get(std::span(&key, 1), now()).value().at(0);
  }
  [[nodiscard]] cache_state state_of(std::string_view key) const { return get(key).state; }
  [[nodiscard]] bool fill(std::string_view key, std::uint64_t lease,
                          const std::optional<stored_record>& record, time_ns ttl_ns = 60'000'000'000) const {
    return cache_->fill(key, lease, record, ttl_ns, now()).value();
  }

  std::shared_ptr<cache_store> cache_ = GetParam().make();
};

}  // namespace seckill::testing
