#pragma once

#include <seckill/error.hpp>
#include <seckill/export.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace seckill::inline v1 {

/// The calls of the storage ports that can be made to fail.
enum class storage_call : std::uint8_t {
  append,           ///< journal::append
  sync,             ///< journal::sync, order_store::sync
  read,             ///< frame_reader::next
  cut,              ///< journal::cut
  trim,             ///< journal::trim
  write_snapshot,   ///< snapshot_writer::write
  commit_snapshot,  ///< snapshot_writer::commit
  read_snapshot,    ///< snapshot_source::read
  read_cursor,      ///< journal::cursor, journal::cursors, order_store::position
  save_cursor,      ///< journal::save_cursor
  commit,           ///< order_store::commit
  find,             ///< order_store::find, of_buyer, counts
  take_permits,     ///< permit_pool::take
  return_permits,   ///< permit_pool::give_back
  acquire_lease,    ///< lease_store::acquire
  renew_lease,      ///< lease_store::renew
  release_lease,    ///< lease_store::release
  get_cached,       ///< cache_store::get
  fill_cached,      ///< cache_store::fill
  cancel_fill,      ///< cache_store::cancel
  erase_cached,     ///< cache_store::erase
  begin_write,      ///< cache_store::begin_write
  end_write,        ///< cache_store::end_write
  load_records,     ///< record_source::load
  write_record,     ///< record_source::create, update, remove
  publish,          ///< invalidation_bus::publish
  subscribe,        ///< invalidation_bus::subscribe
  adopt,            ///< journal::adopt
};
inline constexpr std::size_t storage_call_count = 28;

/// One planned failure.
struct fault {
  storage_call call{};
  std::uint64_t nth = 1;        ///< the first call of this kind that fails, counted from 1
  std::uint64_t times = 1;      ///< how many of them in a row
  errc code = errc::injected;   ///< what the caller is told
  std::size_t done_before = 0;  ///< append: frames stored before it fails. Others: not zero means that the
                                ///< call is carried out and only its success is not told
};

/// What the fault-injecting ports do: which calls fail, and how often each was made. Deterministic: calls of
/// each kind are counted, nothing is drawn by lot.
///
/// Threads: any; several ports may share one.
class SECKILL_EXPORT fault_script {
 public:
  /// Runs on the calling thread before the call, outside every lock: to wait there, to count, to plan faults.
  using hook = std::function<void(storage_call call, std::uint64_t nth)>;

  void plan(const fault& what);
  /// Fails the next call of this kind, and that many after it.
  void fail_next(storage_call call, errc code = errc::injected, std::uint64_t times = 1);
  /// Forgets the faults, not the counts.
  void clear();
  void before_each(hook run);
  [[nodiscard]] std::uint64_t count(storage_call call) const;

  /// For ports: counts a call, runs the hook, and says which fault applies, if any.
  [[nodiscard]] std::optional<fault> enter(storage_call call);
  /// For ports: the error that this fault is told as.
  [[nodiscard]] static error told(const fault& what);
  /// For ports: makes the call, unless a fault applies.
  template <typename Call>
  [[nodiscard]] auto attempt(storage_call kind, Call&& call) -> decltype(call()) {
    const std::optional<fault> failure = enter(kind);
    if (!failure) return call();
    if (failure->done_before > 0)
      if (auto made = call(); !made) return made;
    return told(*failure);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<fault> planned_;
  std::array<std::uint64_t, storage_call_count> counts_{};
  hook before_each_;
};

}  // namespace seckill::inline v1
