#include "tests/cases_runner/report.hpp"

#include <boost/json/serialize.hpp>

#include <cmath>
#include <iostream>

namespace seckill::cases {
namespace {

bool objects_agree(const json::object& expected, const json::object& actual, double tolerance) {
  for (const auto& [key, value] : expected) {
    const json::value* found = actual.if_contains(key);
    if (found == nullptr || !agrees(value, *found, tolerance)) return false;
  }
  return true;
}

bool arrays_agree(const json::array& expected, const json::array& actual, double tolerance) {
  if (expected.size() != actual.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!agrees(expected[i], actual[i], tolerance)) return false;
  return true;
}

}  // namespace

bool agrees(const json::value& expected, const json::value& actual, double tolerance) {
  if (expected.is_object() && actual.is_object())
    return objects_agree(expected.get_object(), actual.get_object(), tolerance);
  if (expected.is_array() && actual.is_array())
    return arrays_agree(expected.get_array(), actual.get_array(), tolerance);
  if (expected.is_number() && actual.is_number() && (expected.is_double() || actual.is_double()))
    return std::abs(expected.to_number<double>() - actual.to_number<double>()) <= tolerance;
  return expected == actual;
}

void report::open_case(std::string_view name) {
  steps_of_case_ = 0;
  if (!failures_only_) std::cout << "-- " << name << '\n';
}

void report::step(const json::object& what, const json::value& expected, const json::value& actual,
                  double tolerance) {
  const bool good = agrees(expected, actual, tolerance);
  ++steps_;
  if (!good) ++disagreements_;
  const std::size_t number = ++steps_of_case_;
  if (good && failures_only_) return;
  std::cout << (good ? "  ok   " : "  FAIL ") << number << ' ' << json::serialize(what)
            << "\n       expected " << json::serialize(expected) << "\n       actual   "
            << json::serialize(actual) << '\n';
}

json::object without_expect(const json::object& step) {
  json::object input = step;
  input.erase("expect");
  return input;
}

}  // namespace seckill::cases
