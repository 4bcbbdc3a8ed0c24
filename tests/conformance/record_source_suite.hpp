#pragma once

#include <seckill/ports/record_source.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace seckill::testing {

/// What the suite runs on: `make` gives an empty source.
struct record_source_under_test {
  std::string name;
  std::function<std::shared_ptr<record_source>()> make;
};

class record_source_conformance : public ::testing::TestWithParam<record_source_under_test> {
 protected:
  [[nodiscard]] std::optional<stored_record> load(std::string_view key) const {
    return source_->load(std::span(&key, 1)).value().at(0);
  }

  std::shared_ptr<record_source> source_ = GetParam().make();
};

}  // namespace seckill::testing
