#pragma once

#include <cstdint>

namespace seckill::cases {

/// The generator that the recorded files name. Source: Vigna, public domain, 2015.
class splitmix64 {
 public:
  explicit splitmix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace seckill::cases
