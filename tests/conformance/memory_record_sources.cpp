#include "record_source_suite.hpp"
#include <seckill/memory/memory_record_source.hpp>
#include <seckill/testing/faulty_record_source.hpp>

namespace seckill::testing {
namespace {

std::shared_ptr<record_source> memory_source() { return make_memory_record_source(); }
std::shared_ptr<record_source> faulty_source() {
  return make_faulty_record_source(make_memory_record_source(), std::make_shared<fault_script>());
}

INSTANTIATE_TEST_SUITE_P(memory, record_source_conformance,
                         ::testing::Values(record_source_under_test{"memory", &memory_source}));
INSTANTIATE_TEST_SUITE_P(faulty_without_faults, record_source_conformance,
                         ::testing::Values(record_source_under_test{"faulty", &faulty_source}));

}  // namespace
}  // namespace seckill::testing
