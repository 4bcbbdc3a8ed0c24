#pragma once

#include <seckill/ports/permit_pool.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace seckill::testing {

/// What the suite runs on. `make` gives a pool whose every key has `size` permits at once and one more each second.
/// `elapse` lets that many nanoseconds pass for the pool, and answers with the time to tell it.
struct permit_pool_under_test {
  std::string name;
  std::function<std::unique_ptr<permit_pool>(std::uint32_t size)> make;
  std::function<time_ns(time_ns)> elapse;
};

class permit_pool_conformance : public ::testing::TestWithParam<permit_pool_under_test> {};

}  // namespace seckill::testing
