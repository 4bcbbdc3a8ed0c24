#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace seckill::inline v1::http {

/// How many event streams there may be, all together and for each client. Threads: any.
class stream_shares {
 public:
  stream_shares(std::uint32_t all_max, std::uint32_t each_max) : all_max_(all_max), each_max_(each_max) {}

  /// The right to one stream, given back at its end.
  class seat {
   public:
    seat() = default;
    seat(seat&& other) noexcept : of_(std::exchange(other.of_, nullptr)), client_(other.client_) {}
    seat& operator=(seat&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(client_, other.client_);
      return *this;
    }
    ~seat() {
      if (of_ != nullptr) of_->leave(client_);
    }

   private:
    friend stream_shares;
    seat(stream_shares& of, std::uint64_t client) : of_(&of), client_(client) {}

    stream_shares* of_ = nullptr;
    std::uint64_t client_ = 0;
  };

  enum class bound : std::uint8_t {
    none,
    all,
    each
  };
  /// A seat, or the bound that is reached.
  [[nodiscard]] std::pair<std::optional<seat>, bound> take(std::uint64_t client) {
    const std::lock_guard lock(mutex_);
    if (taken_ >= all_max_) return {std::nullopt, bound::all};
    std::uint32_t& mine = by_client_[client];
    if (mine >= each_max_) return {std::nullopt, bound::each};
    ++mine;
    ++taken_;
    return {seat(*this, client), bound::none};
  }

 private:
  void leave(std::uint64_t client) {
    const std::lock_guard lock(mutex_);
    --taken_;
    const auto mine = by_client_.find(client);
    if (--mine->second == 0) by_client_.erase(mine);
  }

  const std::uint32_t all_max_;
  const std::uint32_t each_max_;
  std::mutex mutex_;  ///< over what follows
  std::uint32_t taken_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> by_client_;
};

}  // namespace seckill::inline v1::http
