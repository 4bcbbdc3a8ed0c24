#include "cache_store_suite.hpp"
#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/testing/faulty_cache_store.hpp>

#include <atomic>

namespace seckill::testing {
namespace {

std::shared_ptr<cache_store> memory_cache() {
  return make_memory_cache_store({.keys_max = 1'000, .lease_interval_ns = 3'000'000'000});
}
std::shared_ptr<cache_store> faulty_cache() {
  return make_faulty_cache_store(make_memory_cache_store(), std::make_shared<fault_script>());
}
// The caches know no time but what they are told. Any thread asks for it.
time_ns elapse(time_ns by) {
  static std::atomic<time_ns> now{1};
  return now.fetch_add(by) + by;
}

INSTANTIATE_TEST_SUITE_P(memory, cache_store_conformance,
                         ::testing::Values(cache_store_under_test{"memory", &memory_cache, &elapse}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, cache_store_conformance,
                         ::testing::Values(cache_store_under_test{"faulty", &faulty_cache, &elapse}));

}  // namespace
}  // namespace seckill::testing
