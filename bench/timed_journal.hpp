#pragma once

#include "bench/crowd/histogram.hpp"
#include <seckill/ports/journal.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace seckill::bench {

/// How long the calls that answers wait for took. Written by the committing thread: to be read when nothing is under
/// way.
struct journal_times {
  crowd::histogram append;
  crowd::histogram sync;
};

/// A journal that times append() and sync(): what of an answer's delay is the storage's, and what the engine's.
class timed_journal final : public journal {
 public:
  timed_journal(std::unique_ptr<journal> inner, std::shared_ptr<journal_times> into)
      : inner_(std::move(inner)), into_(std::move(into)) {}

  result<std::optional<ledger_identity>> identity() override { return inner_->identity(); }
  result<void> adopt(const ledger_identity& whose) override { return inner_->adopt(whose); }
  result<void> append(std::span<const stored_frame> frames) override {
    return timed(into_->append, [&] { return inner_->append(frames); });
  }
  result<void> sync() override {
    return timed(into_->sync, [&] { return inner_->sync(); });
  }
  result<std::unique_ptr<frame_reader>> read_from(std::uint64_t sequence) override {
    return inner_->read_from(sequence);
  }
  result<void> cut(std::uint64_t sequence) override { return inner_->cut(sequence); }
  result<void> trim(std::uint64_t sequence) override { return inner_->trim(sequence); }
  result<std::unique_ptr<snapshot_writer>> write_snapshot(std::uint64_t sequence) override {
    return inner_->write_snapshot(sequence);
  }
  result<std::vector<std::uint64_t>> snapshots() override { return inner_->snapshots(); }
  result<std::unique_ptr<snapshot_source>> read_snapshot(std::uint64_t sequence) override {
    return inner_->read_snapshot(sequence);
  }
  result<void> drop_snapshot(std::uint64_t sequence) override { return inner_->drop_snapshot(sequence); }
  result<std::uint64_t> cursor(std::string_view name) override { return inner_->cursor(name); }
  result<void> save_cursor(std::string_view name, std::uint64_t sequence) override {
    return inner_->save_cursor(name, sequence);
  }
  result<void> drop_cursor(std::string_view name) override { return inner_->drop_cursor(name); }
  result<std::vector<journal_cursor>> cursors() override { return inner_->cursors(); }

 private:
  template <typename Call>
  static result<void> timed(crowd::histogram& into, Call&& call) {
    const auto start = std::chrono::steady_clock::now();
    auto done = call();
    into.record(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count()));
    return done;
  }

  std::unique_ptr<journal> inner_;
  std::shared_ptr<journal_times> into_;
};

}  // namespace seckill::bench
