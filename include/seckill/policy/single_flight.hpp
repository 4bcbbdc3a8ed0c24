#pragma once

#include <seckill/error.hpp>
#include <seckill/hash.hpp>
#include <seckill/policy/key_hash.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace seckill::inline v1 {

struct single_flight_params {
  std::size_t flights_max = 65'536;     ///< at once, forgotten ones too
  std::size_t waiters_max = 1'000'000;  ///< of all flights together
  /// Make it random in production: whoever can choose keys must not be able to choose their places.
  std::uint64_t seed = 0x9e3779b97f4a7c15;
};

enum class flight_role : std::uint8_t {
  leader,   ///< load it, and finish the flight
  waiter,   ///< somebody loads it: its waiter will be told
  refused,  ///< too many flights or waiters
};

/// One load of a key at a time: who asks for it meanwhile waits, and gets what the load came to (cache breakdown).
///
/// Guarantees: while a flight is open there is no second one of its key, unless it was forgotten. Every waiter that
/// joined is told once, the value or the error; an error is shared and not kept. A flight that was forgotten is
/// finished as any other and does not disturb its successor. A waiter that gives up leaves the flight to the others.
/// A leader that is destroyed without an answer tells errc::unavailable: nobody waits for ever.
///
/// Threads: any. Waiters are told on the thread that finishes, outside every lock. It must outlive its leaders and
/// waiters. Allocates once for each flight, nothing for a waiter. Source: singleflight of golang.org/x/sync.
/// `Key` is std::uint64_t or std::string; `Value` is copied for each waiter: best a std::shared_ptr<const T>.
template <typename Key, typename Value>
class single_flight {
 public:
  static_assert(std::is_same_v<Key, std::uint64_t> || std::is_same_v<Key, std::string>);
  using key_view = std::conditional_t<std::is_same_v<Key, std::string>, std::string_view, std::uint64_t>;
  using answer = result<Value>;
  class waiter;
  class leader;

  struct joined {
    flight_role role;
    leader lead;  ///< true for a leader
  };

  /// Throws std::invalid_argument that names the parameter.
  explicit single_flight(const single_flight_params& params = {}) : params_(params) {
    if (params.flights_max == 0) throw std::invalid_argument("single_flight: flights_max must be at least 1");
    if (params.waiters_max == 0) throw std::invalid_argument("single_flight: waiters_max must be at least 1");
  }
  single_flight(const single_flight&) = delete;
  single_flight& operator=(const single_flight&) = delete;
  ~single_flight() { assert(flights() == 0 && "it was destroyed before its leaders"); }

  /// Unless refused, `me` is told when the flight is finished, a leader's too; it must live until then, or until
  /// abandon() has said true. REQUIRES: `me` waits for nothing.
  [[nodiscard]] joined join(key_view key, waiter& me);
  /// Leads without waiting: to refresh what is cached. False: somebody loads it already, or too many flights.
  [[nodiscard]] leader lead(key_view key);
  /// The next to join starts a new flight: after the source has changed. False: there is none.
  bool forget(key_view key) noexcept;
  void forget_all() noexcept;
  /// True: `me` will not be told. False: it has been told, or will be in a moment on another thread.
  bool abandon(waiter& me) noexcept;

  /// Open, forgotten ones too; and who waits for them.
  [[nodiscard]] std::size_t flights() const noexcept { return flights_.load(std::memory_order_acquire); }
  [[nodiscard]] std::size_t waiters() const noexcept { return waiters_.load(std::memory_order_acquire); }

 private:
  static constexpr std::size_t shards_count = 64;

  struct flight;
  struct hasher {
    using is_transparent = void;
    std::uint64_t seed;
    std::size_t operator()(key_view key) const noexcept {
      return mix(key_hash(key) ^ seed, 0xd6e8feb86659fd93);
    }
  };
  struct equal {
    using is_transparent = void;
    bool operator()(key_view a, key_view b) const noexcept { return a == b; }
  };
  using flight_map = boost::unordered_flat_map<Key, flight*, hasher, equal>;
  struct alignas(64) shard {
    std::mutex mutex;
    std::unique_ptr<flight_map> open;  // null until the first flight
  };

  [[nodiscard]] shard& shard_of(key_view key) noexcept {
    return shards_[(hasher{params_.seed}(key) >> 32U) % shards_count];
  }
  // One more of at most `most`, or none.
  [[nodiscard]] static bool take_place(std::atomic<std::size_t>& count, std::size_t most) noexcept {
    if (count.fetch_add(1, std::memory_order_acq_rel) < most) return true;
    count.fetch_sub(1, std::memory_order_acq_rel);
    return false;
  }
  [[nodiscard]] flight* find(shard& in, key_view key) const {
    if (in.open == nullptr) return nullptr;
    const auto found = in.open->find(key);
    return found == in.open->end() ? nullptr : found->second;
  }
  [[nodiscard]] leader open(shard& in, key_view key);
  std::size_t finish(flight& done, const answer& value) noexcept;

  const single_flight_params params_;
  std::array<shard, shards_count> shards_;
  std::atomic<std::size_t> flights_{0};
  std::atomic<std::size_t> waiters_{0};
};

/// A place in a flight's list; derive from it to know who is told. One thread at a time, but for being told.
template <typename Key, typename Value>
class single_flight<Key, Value>::waiter {
 public:
  /// `shared`: others were told the same. It must be quick; it may destroy the waiter, and may join again.
  using told = void (*)(waiter& me, const answer& value, bool shared) noexcept;

  explicit waiter(told then) noexcept : then_(then) {}
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;
  ~waiter() { assert(in_ == nullptr && "it was destroyed while it waited"); }

 private:
  friend class single_flight;
  const told then_;
  flight* in_ = nullptr;  // guarded by the shard
  shard* home_ = nullptr;
  waiter* next_ = nullptr;
  waiter* previous_ = nullptr;
};

template <typename Key, typename Value>
struct single_flight<Key, Value>::flight {
  Key key;
  waiter* first = nullptr;
  waiter* last = nullptr;
  bool forgotten = false;

  void add(waiter& me) noexcept {
    me.in_ = this;
    me.next_ = nullptr;
    me.previous_ = last;
    (last == nullptr ? first : last->next_) = &me;
    last = &me;
  }
  void remove(waiter& me) noexcept {
    (me.previous_ == nullptr ? first : me.previous_->next_) = me.next_;
    (me.next_ == nullptr ? last : me.next_->previous_) = me.previous_;
    me.in_ = nullptr;
  }
};

/// The duty to finish a flight. Movable. One thread at a time.
template <typename Key, typename Value>
class single_flight<Key, Value>::leader {
 public:
  leader() = default;
  leader(leader&&) noexcept = default;
  leader& operator=(leader&& other) noexcept {
    if (this != &other) {
      give_up();
      of_ = other.of_;
      led_ = std::move(other.led_);
    }
    return *this;
  }
  ~leader() { give_up(); }

  [[nodiscard]] explicit operator bool() const noexcept { return led_ != nullptr; }
  /// REQUIRES: *this.
  [[nodiscard]] const Key& key() const noexcept { return led_->key; }
  /// Tells everybody who waits, and how many these were. REQUIRES: *this, which is then false.
  std::size_t finish(const answer& value) noexcept {
    assert(led_ != nullptr);
    const std::unique_ptr<flight> done = std::move(led_);
    return of_->finish(*done, value);
  }

 private:
  friend class single_flight;
  leader(single_flight& of, std::unique_ptr<flight> led) noexcept : of_(&of), led_(std::move(led)) {}
  void give_up() noexcept {
    if (led_ != nullptr)
      finish(make_error(errc::unavailable, "single flight: its leader gave up; ask again"));
  }

  single_flight* of_ = nullptr;
  std::unique_ptr<flight> led_;
};

template <typename Key, typename Value>
auto single_flight<Key, Value>::open(shard& in, key_view key) -> leader {
  if (!take_place(flights_, params_.flights_max)) return {};
  auto opened = std::make_unique<flight>(flight{Key(key)});
  if (in.open == nullptr) in.open = std::make_unique<flight_map>(0, hasher{params_.seed});
  in.open->emplace(opened->key, opened.get());
  return leader(*this, std::move(opened));
}

template <typename Key, typename Value>
auto single_flight<Key, Value>::join(key_view key, waiter& me) -> joined {
  assert(me.in_ == nullptr);
  shard& home = shard_of(key);
  me.home_ = &home;
  const std::lock_guard lock(home.mutex);
  // Under the lock: who is counted in waiters() is told by whatever finish() comes after.
  if (!take_place(waiters_, params_.waiters_max)) return {flight_role::refused, {}};
  if (flight* known = find(home, key)) {
    known->add(me);
    return {flight_role::waiter, {}};
  }
  leader first = open(home, key);
  if (!first) {
    waiters_.fetch_sub(1, std::memory_order_acq_rel);
    return {flight_role::refused, {}};
  }
  first.led_->add(me);
  return {flight_role::leader, std::move(first)};
}

template <typename Key, typename Value>
auto single_flight<Key, Value>::lead(key_view key) -> leader {
  shard& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  return find(home, key) == nullptr ? open(home, key) : leader();
}

template <typename Key, typename Value>
bool single_flight<Key, Value>::forget(key_view key) noexcept {
  shard& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  flight* known = find(home, key);
  if (known == nullptr) return false;
  known->forgotten = true;
  home.open->erase(known->key);
  return true;
}

template <typename Key, typename Value>
void single_flight<Key, Value>::forget_all() noexcept {
  for (shard& home : shards_) {
    const std::lock_guard lock(home.mutex);
    if (home.open == nullptr) continue;
    for (auto& [key, each] : *home.open) each->forgotten = true;
    home.open->clear();
  }
}

template <typename Key, typename Value>
bool single_flight<Key, Value>::abandon(waiter& me) noexcept {
  if (me.home_ == nullptr) return false;
  const std::lock_guard lock(me.home_->mutex);
  if (me.in_ == nullptr) return false;
  me.in_->remove(me);
  waiters_.fetch_sub(1, std::memory_order_acq_rel);
  return true;
}

template <typename Key, typename Value>
std::size_t single_flight<Key, Value>::finish(flight& done, const answer& value) noexcept {
  std::size_t told = 0;
  {
    shard& home = shard_of(done.key);
    const std::lock_guard lock(home.mutex);
    if (!done.forgotten) home.open->erase(done.key);
    for (waiter* each = done.first; each != nullptr; each = each->next_, ++told) each->in_ = nullptr;
  }
  waiters_.fetch_sub(told, std::memory_order_acq_rel);
  flights_.fetch_sub(1, std::memory_order_acq_rel);
  for (waiter* each = done.first; each != nullptr;) {
    waiter& next_told = *each;
    each = each->next_;
    next_told.then_(next_told, value, told > 1);
  }
  return told;
}

}  // namespace seckill::inline v1
