#pragma once

#include <seckill/snapshot.hpp>

#include <span>
#include <vector>

namespace seckill::testing {

/// A snapshot in memory, chunk by chunk.
class bytes_snapshot final : public snapshot_sink {
 public:
  result<void> write(std::span<const std::byte> chunk) override {
    chunks.emplace_back(chunk.begin(), chunk.end());
    return {};
  }

  class source final : public snapshot_source {
   public:
    explicit source(const bytes_snapshot& from) : from_(from) {}
    result<std::span<const std::byte>> read() override {
      if (at_ == from_.chunks.size()) return std::span<const std::byte>();
      return std::span<const std::byte>(from_.chunks[at_++]);
    }

   private:
    const bytes_snapshot& from_;
    std::size_t at_ = 0;
  };

  std::vector<std::vector<std::byte>> chunks;
};

}  // namespace seckill::testing
