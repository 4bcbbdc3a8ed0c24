#pragma once

#include <seckill/ports/lease_store.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace seckill::testing {

/// A lease server and its clients. `connect` gives one more client of it, `restart` restarts it: clients made before
/// are gone.
struct lease_server {
  std::function<std::unique_ptr<lease_store>()> connect;
  std::function<void()> restart;
};

/// What the suite runs on: `start` gives an empty server. `elapse` lets that many nanoseconds pass for the servers, and
/// answers with the time to tell them.
struct lease_store_under_test {
  std::string name;
  std::function<lease_server()> start;
  std::function<time_ns(time_ns)> elapse;
};

class lease_store_conformance : public ::testing::TestWithParam<lease_store_under_test> {
 protected:
  [[nodiscard]] time_ns elapse(time_ns by) const { return GetParam().elapse(by); }

  lease_server server_ = GetParam().start();
  std::unique_ptr<lease_store> leases_ = server_.connect();
};

}  // namespace seckill::testing
