#pragma once

#include <seckill/export.hpp>
#include <seckill/policy/time.hpp>
#include <seckill/ports/lease_store.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace seckill::inline v1 {

struct lease_keeper_params {
  std::string name{};       ///< of the lease
  std::uint64_t owner = 0;  ///< a random number of this keeper's own, not zero
  /// For so long and no longer: it is never renewed. Nothing: `renewed_ttl_ns`, renewed each third of it.
  std::optional<time_ns> explicit_ttl_ns = std::nullopt;
  time_ns renewed_ttl_ns = 30 * ns_per_s;    ///< a dead owner's lease is free after so long
  time_ns held_max_ns = 10 * 60 * ns_per_s;  ///< renewals end then, so that a task that hangs lets go
};

enum class lease_loss : std::uint8_t {
  lapsed,         ///< an explicit lease is over, or renewals failed until it was
  taken,          ///< the store says that it is over, or another's
  held_too_long,  ///< held_max_ns is over
};

/// Keeps a lease while its owner works, and says when it is lost.
///
/// Guarantees: valid_for() is positive only while the store cannot have given the lease to anybody else, if the clocks
/// run apart by at most lease_drift_ns(): time counts from when the request was sent. A loss is told once. The owner
/// must look at valid_for() before each step, and give token() to what it changes (fencing_gate): the answer may be
/// old when it is used.
///
/// It does no I/O. Whoever drives it calls advance() at next_deadline(), and asks the store when that says so;
/// the functions that take a store do both, and block. Source: the lock watchdog of Redisson (30 s, renewed each third).
/// Threads: valid_for() and token() any; all else one at a time.
class SECKILL_EXPORT lease_keeper {
 public:
  /// Runs inside the call that finds out.
  using lost_listener = std::function<void(lease_loss why)>;

  /// Throws std::invalid_argument that names the parameter.
  explicit lease_keeper(const lease_keeper_params& params, lost_listener lost = {});
  lease_keeper(const lease_keeper&) = delete;
  lease_keeper& operator=(const lease_keeper&) = delete;

  /// The store's answer to a request that was sent at `sent_at`. REQUIRES: granted, for ttl_ns().
  void granted(std::uint64_t token, time_ns sent_at) noexcept;
  /// True: renew now, for ttl_ns(); tell the answer by renewed() or renewal_failed(). Reports a loss.
  [[nodiscard]] bool advance(time_ns now);
  /// `still_owner`: what the store answered to a request that was sent at `sent_at`. Of another token: ignored.
  void renewed(std::uint64_t token, bool still_owner, time_ns sent_at);
  /// The store could not be asked: tried again, more often, while the lease is valid.
  void renewal_failed(time_ns now) noexcept;
  /// When to call advance() next; nothing: no lease.
  [[nodiscard]] std::optional<time_ns> next_deadline() const noexcept;
  /// Forgets the lease and tells nobody: the token to release. 0: there is none.
  [[nodiscard]] std::uint64_t give_up() noexcept;

  /// How long the owner may still rely on the lease; 0: not at all.
  [[nodiscard]] time_ns valid_for(time_ns now) const noexcept;
  /// The fencing token; 0: no lease.
  [[nodiscard]] std::uint64_t token() const noexcept { return token_.load(std::memory_order_acquire); }
  [[nodiscard]] time_ns ttl_ns() const noexcept;

  /// Blocks. False: somebody else has it. Errors: those of the store.
  [[nodiscard]] result<bool> acquire_from(lease_store& store, time_ns now);
  /// Blocks if advance() says that a renewal is due. Errors: those of the store, for the log: the keeper goes on.
  [[nodiscard]] result<void> renew_at(lease_store& store, time_ns now);
  /// Blocks. Gives the lease up and releases it. Errors: those of the store; then it lapses by itself.
  [[nodiscard]] result<void> release_to(lease_store& store, time_ns now);

 private:
  void extend(time_ns sent_at) noexcept;
  void lose(lease_loss why);

  const lease_keeper_params params_;
  const lost_listener lost_;
  std::atomic<std::uint64_t> token_{0};
  std::atomic<time_ns> valid_until_{0};
  time_ns held_until_ = 0;
  time_ns renew_at_ = 0;
  bool asking_ = false;
};

}  // namespace seckill::inline v1
