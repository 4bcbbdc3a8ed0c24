#pragma once

#include <seckill/error.hpp>

#include <boost/json.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace seckill::crowd {

/// Reads fields out of a JSON object and remembers the first one that was missing or wrong, so that a reader
/// of a document asks for everything and looks at failure() once. Absent values read as zero or empty.
class json_reader {
 public:
  explicit json_reader(std::string_view text) {
    boost::system::error_code failed;
    document_ = boost::json::parse(boost::json::string_view(text.data(), text.size()), failed);
    if (failed) fail("the body is not JSON: " + failed.message());
  }

  [[nodiscard]] const boost::json::value& document() const noexcept { return document_; }

  [[nodiscard]] static bool has(const boost::json::value& in, std::string_view name) {
    return find(in, name) != nullptr;
  }

  template <std::integral Integer>
  Integer integer(const boost::json::value& in, std::string_view name) {
    boost::system::error_code failed;
    const auto* value = find(in, name);
    const auto number = value == nullptr ? Integer{} : value->to_number<Integer>(failed);
    if (value == nullptr || failed) wrong(name, "an integer");
    return failed ? Integer{} : number;
  }

  /// An integer written as a decimal string, as ids are.
  template <typename Id>
  Id id(const boost::json::value& in, std::string_view name) {
    const std::string text = string(in, name);
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || end != text.data() + text.size()) wrong(name, "a decimal string");
    return Id{number};
  }

  std::string string(const boost::json::value& in, std::string_view name) {
    const auto* value = find(in, name);
    if (value != nullptr && value->is_string())
      return {value->get_string().data(), value->get_string().size()};
    wrong(name, "a string");
    return {};
  }

  bool boolean(const boost::json::value& in, std::string_view name) {
    const auto* value = find(in, name);
    if (value != nullptr && value->is_bool()) return value->get_bool();
    wrong(name, "a boolean");
    return false;
  }

  const boost::json::array& array(const boost::json::value& in, std::string_view name) {
    static const boost::json::array none;
    const auto* value = find(in, name);
    if (value != nullptr && value->is_array()) return value->get_array();
    wrong(name, "an array");
    return none;
  }

  const boost::json::value& object(const boost::json::value& in, std::string_view name) {
    static const boost::json::value none = boost::json::object{};
    const auto* value = find(in, name);
    if (value != nullptr && value->is_object()) return *value;
    wrong(name, "an object");
    return none;
  }

  /// `read` if nothing was wrong.
  template <typename T>
  result<T> finish(T read) {
    if (failure_.empty()) return read;
    return make_error(errc::corrupt_data, "the service's answer cannot be read: " + failure_);
  }

 private:
  static const boost::json::value* find(const boost::json::value& in, std::string_view name) {
    return in.is_object() ? in.get_object().if_contains(boost::json::string_view(name.data(), name.size()))
                          : nullptr;
  }
  void wrong(std::string_view name, std::string_view expected) {
    fail("\"" + std::string(name) + "\" is not " + std::string(expected));
  }
  void fail(std::string text) {
    if (failure_.empty()) failure_ = std::move(text);
  }

  boost::json::value document_;
  std::string failure_;
};

}  // namespace seckill::crowd
