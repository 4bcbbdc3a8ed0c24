#include "invalidation_bus_suite.hpp"
#include <seckill/memory/memory_invalidation_bus.hpp>
#include <seckill/testing/faulty_invalidation_bus.hpp>

namespace seckill::testing {
namespace {

std::shared_ptr<invalidation_bus> memory_bus() { return make_memory_invalidation_bus(); }
std::shared_ptr<invalidation_bus> faulty_bus() {
  return std::make_shared<faulty_invalidation_bus>(make_memory_invalidation_bus(),
                                                   std::make_shared<fault_script>());
}
void told_already(invalidation_bus&) {}

INSTANTIATE_TEST_SUITE_P(memory, invalidation_bus_conformance,
                         ::testing::Values(invalidation_bus_under_test{"memory", &memory_bus,
                                                                       &told_already}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, invalidation_bus_conformance,
                         ::testing::Values(invalidation_bus_under_test{"faulty", &faulty_bus,
                                                                       &told_already}));

}  // namespace
}  // namespace seckill::testing
