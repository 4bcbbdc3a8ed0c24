#pragma once

#include "tally.hpp"

#include <cstdint>
#include <cstdio>
#include <string>

namespace seckill::crowd {

/// The present state of a run in one line: "opens in 2.1 s", or the share of the crowd that has arrived and
/// what it was told. `width` columns at most.
[[nodiscard]] std::string progress_line(const tally& counts, std::uint64_t shoppers, std::uint64_t opening_ns,
                                        std::uint64_t now_ns, std::size_t width, bool bar);

/// Shows that line on stderr: drawn over itself on a terminal, else a new one each second.
class progress {
 public:
  progress(const tally& counts, std::uint64_t shoppers, std::uint64_t opening_ns);
  void show(std::uint64_t now_ns);
  /// The last state, and an end of the line.
  void finish(std::uint64_t now_ns);

 private:
  const tally& tally_;
  std::uint64_t shoppers_;
  std::uint64_t opening_ns_;
  std::uint64_t shown_ns_ = 0;
  bool terminal_;
};

}  // namespace seckill::crowd
