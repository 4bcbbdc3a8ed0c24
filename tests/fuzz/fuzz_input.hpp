#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace seckill::testing {

/// Ends the program, unless `truth`: the fuzzer keeps the input that led here.
inline void require(bool truth, std::string_view claim, std::string_view what = {}) {
  if (truth) return;
  std::fprintf(stderr, "not so: %.*s\n%.*s\n", static_cast<int>(claim.size()), claim.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}

/// Takes what a fuzzer made up apart, from the front. At its end everything reads as zero or empty.
class fuzz_input {
 public:
  fuzz_input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] std::span<const std::byte> rest_bytes() const { return std::as_bytes(std::span(rest_)); }

  template <typename Integer>
  Integer number() {
    static_assert(std::is_integral_v<Integer>);
    Integer value = 0;
    const std::string_view bytes = text(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  std::string_view text(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Up to the next `end`, which is left out.
  std::string_view until(char end) {
    const std::string_view taken = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(taken.size());
    if (!rest_.empty()) rest_.remove_prefix(1);
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace seckill::testing
