#pragma once

#include "bench/crowd/client.hpp"

#include <fstream>
#include <iterator>
#include <string>

namespace seckill {

/// The value of a series on /metrics, or -1: there is none, or the request is refused.
inline double metric(crowd::client& asks, const std::string& series) {
  const auto said = asks.get("/metrics");
  if (!said || said->status != 200) return -1;
  const std::size_t at = said->body.find("\n" + series + ' ');
  return at == std::string::npos ? -1 : std::stod(said->body.substr(at + series.size() + 2));
}

inline std::string file_contents(const std::string& file) {
  std::ifstream from(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
}

}  // namespace seckill
