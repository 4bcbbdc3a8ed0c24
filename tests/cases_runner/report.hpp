#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string_view>

namespace seckill::cases {

namespace json = boost::json;

/// How far two numbers may lie apart when at least one is not an integer. Absolute; recorded rates are single
/// precision.
inline constexpr double tolerance_default = 1e-5;

/// Whether `actual` says what `expected` says. Of objects, only the members of `expected` count.
[[nodiscard]] bool agrees(const json::value& expected, const json::value& actual,
                          double tolerance = tolerance_default);

/// Prints what was expected and what came, step by step, and counts.
class report {
 public:
  /// `failures_only`: steps that agree are counted and not printed.
  explicit report(bool failures_only) : failures_only_(failures_only) {}

  void open_case(std::string_view name);
  /// `what` is the input of the step; `actual` has every member that the file may expect.
  void step(const json::object& what, const json::value& expected, const json::value& actual,
            double tolerance = tolerance_default);

  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }
  [[nodiscard]] std::size_t disagreements() const noexcept { return disagreements_; }

 private:
  bool failures_only_;
  std::size_t steps_ = 0;
  std::size_t steps_of_case_ = 0;
  std::size_t disagreements_ = 0;
};

/// A step's input: the step without what it expects.
[[nodiscard]] json::object without_expect(const json::object& step);

}  // namespace seckill::cases
