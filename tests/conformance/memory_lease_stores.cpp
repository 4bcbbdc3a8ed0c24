#include "lease_store_suite.hpp"
#include <seckill/memory/memory_lease_store.hpp>
#include <seckill/testing/faulty_lease_store.hpp>

namespace seckill::testing {
namespace {

lease_server memory_server() {
  const auto image = std::make_shared<lease_image>();
  return {.connect = [image] { return make_memory_lease_store(image); }, .restart = [] {}};
}
lease_server faulty_server() {
  const lease_server inner = memory_server();
  const auto script = std::make_shared<fault_script>();
  return {.connect = [=] { return make_faulty_lease_store(inner.connect(), script); }, .restart = [] {}};
}
// The servers know no time but what they are told.
time_ns elapse(time_ns by) {
  static time_ns now = 1;
  return now += by;
}

INSTANTIATE_TEST_SUITE_P(memory, lease_store_conformance,
                         ::testing::Values(lease_store_under_test{"memory", &memory_server, &elapse}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, lease_store_conformance,
                         ::testing::Values(lease_store_under_test{"faulty", &faulty_server, &elapse}));

}  // namespace
}  // namespace seckill::testing
