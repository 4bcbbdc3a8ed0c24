#include "permit_pool_suite.hpp"
#include <seckill/memory/memory_permit_pool.hpp>
#include <seckill/testing/faulty_permit_pool.hpp>

namespace seckill::testing {
namespace {

std::unique_ptr<permit_pool> memory_pool(std::uint32_t size) {
  return make_memory_permit_pool({.each = {.permits = 1, .burst = size - 1}, .keys_max = 64});
}
std::unique_ptr<permit_pool> faulty_pool(std::uint32_t size) {
  return make_faulty_permit_pool(memory_pool(size), std::make_shared<fault_script>());
}
// The pools know no time but what they are told.
time_ns elapse(time_ns by) {
  static time_ns now = 1;
  return now += by;
}

INSTANTIATE_TEST_SUITE_P(memory, permit_pool_conformance,
                         ::testing::Values(permit_pool_under_test{"memory", &memory_pool, &elapse}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, permit_pool_conformance,
                         ::testing::Values(permit_pool_under_test{"faulty", &faulty_pool, &elapse}));

}  // namespace
}  // namespace seckill::testing
