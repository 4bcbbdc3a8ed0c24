#pragma once

#include <seckill/ports/invalidation_bus.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace seckill::testing {

/// What the suite runs on: `make` gives a bus; `settle` returns when what was published before has been told.
struct invalidation_bus_under_test {
  std::string name;
  std::function<std::shared_ptr<invalidation_bus>()> make;
  std::function<void(invalidation_bus&)> settle;
};

class invalidation_bus_conformance : public ::testing::TestWithParam<invalidation_bus_under_test> {
 protected:
  void settle() const { GetParam().settle(*bus_); }

  std::shared_ptr<invalidation_bus> bus_ = GetParam().make();
};

}  // namespace seckill::testing
