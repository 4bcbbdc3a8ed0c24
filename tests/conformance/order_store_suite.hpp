#pragma once

#include <seckill/ports/order_store.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace seckill::testing {

/// The storage below an order store, and what can happen to it. Stores must be destroyed before it.
class order_store_backend {
 public:
  virtual ~order_store_backend() = default;
  virtual result<std::unique_ptr<order_store>> open() = 0;
  /// Goes on with what a crash at this moment leaves: open() opens that from now on. A store that is open stays
  /// on the old storage.
  virtual void crash_process() = 0;
  virtual void crash_machine() = 0;
};

/// What the suite runs on. Instantiate order_store_conformance with it for every implementation of the port.
struct order_store_under_test {
  std::string name;
  std::function<std::unique_ptr<order_store_backend>()> make;
};

class order_store_conformance : public ::testing::TestWithParam<order_store_under_test> {
 protected:
  order_store_conformance() : backend_(GetParam().make()) { reopen(); }

  void reopen() {
    store_.reset();
    auto opened = backend_->open();
    ASSERT_TRUE(opened) << opened.error().text;
    store_ = std::move(*opened);
  }
  void crash_process() {
    backend_->crash_process();
    reopen();
  }
  void crash_machine() {
    backend_->crash_machine();
    reopen();
  }

  std::unique_ptr<order_store_backend> backend_;
  std::unique_ptr<order_store> store_;
};

}  // namespace seckill::testing
