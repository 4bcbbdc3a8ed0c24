#include <seckill/testing/faulty_journal.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace seckill::inline v1 {
namespace {

using script_ptr = std::shared_ptr<fault_script>;

class faulty_reader final : public frame_reader {
 public:
  faulty_reader(std::unique_ptr<frame_reader> inner, script_ptr script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  // A failed read is repeated by the caller, so it must never have moved on.
  result<std::optional<stored_frame>> next() override {
    if (const auto failure = script_->enter(storage_call::read)) return fault_script::told(*failure);
    return inner_->next();
  }

 private:
  std::unique_ptr<frame_reader> inner_;
  script_ptr script_;
};

class faulty_snapshot_writer final : public snapshot_writer {
 public:
  faulty_snapshot_writer(std::unique_ptr<snapshot_writer> inner, script_ptr script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<void> write(std::span<const std::byte> chunk) override {
    return script_->attempt(storage_call::write_snapshot, [&] { return inner_->write(chunk); });
  }
  result<void> commit() override {
    return script_->attempt(storage_call::commit_snapshot, [&] { return inner_->commit(); });
  }

 private:
  std::unique_ptr<snapshot_writer> inner_;
  script_ptr script_;
};

class faulty_snapshot_source final : public snapshot_source {
 public:
  faulty_snapshot_source(std::unique_ptr<snapshot_source> inner, script_ptr script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<std::span<const std::byte>> read() override {
    if (const auto failure = script_->enter(storage_call::read_snapshot)) return fault_script::told(*failure);
    return inner_->read();
  }

 private:
  std::unique_ptr<snapshot_source> inner_;
  script_ptr script_;
};

class faulty_journal final : public journal {
 public:
  faulty_journal(std::unique_ptr<journal> inner, script_ptr script)
      : inner_(std::move(inner)), script_(std::move(script)) {}

  result<std::optional<ledger_identity>> identity() override { return inner_->identity(); }
  result<void> adopt(const ledger_identity& whose) override {
    return script_->attempt(storage_call::adopt, [&] { return inner_->adopt(whose); });
  }

  result<void> append(std::span<const stored_frame> frames) override {
    if (auto failed = failure()) return *failed;
    const std::optional<fault> fault_now = script_->enter(storage_call::append);
    if (!fault_now) return watched(inner_->append(frames));
    const auto prefix = frames.first(std::min(fault_now->done_before, frames.size()));
    if (auto stored = inner_->append(prefix); !stored) return watched(std::move(stored));
    return watched(fault_script::told(*fault_now));
  }

  result<void> sync() override {
    if (auto failed = failure()) return *failed;
    return watched(script_->attempt(storage_call::sync, [&] { return inner_->sync(); }));
  }

  result<std::unique_ptr<frame_reader>> read_from(std::uint64_t sequence) override {
    auto opened = inner_->read_from(sequence);
    if (!opened) return opened.error();
    return std::make_unique<faulty_reader>(std::move(*opened), script_);
  }

  result<void> cut(std::uint64_t sequence) override {
    return script_->attempt(storage_call::cut, [&] { return inner_->cut(sequence); });
  }
  result<void> trim(std::uint64_t sequence) override {
    return script_->attempt(storage_call::trim, [&] { return inner_->trim(sequence); });
  }

  result<std::unique_ptr<snapshot_writer>> write_snapshot(std::uint64_t sequence) override {
    auto opened = inner_->write_snapshot(sequence);
    if (!opened) return opened.error();
    return std::make_unique<faulty_snapshot_writer>(std::move(*opened), script_);
  }
  result<std::vector<std::uint64_t>> snapshots() override { return inner_->snapshots(); }
  result<std::unique_ptr<snapshot_source>> read_snapshot(std::uint64_t sequence) override {
    auto opened = inner_->read_snapshot(sequence);
    if (!opened) return opened.error();
    return std::make_unique<faulty_snapshot_source>(std::move(*opened), script_);
  }
  result<void> drop_snapshot(std::uint64_t sequence) override { return inner_->drop_snapshot(sequence); }

  result<std::uint64_t> cursor(std::string_view name) override {
    return script_->attempt(storage_call::read_cursor, [&] { return inner_->cursor(name); });
  }
  result<void> save_cursor(std::string_view name, std::uint64_t sequence) override {
    return script_->attempt(storage_call::save_cursor, [&] { return inner_->save_cursor(name, sequence); });
  }
  result<void> drop_cursor(std::string_view name) override { return inner_->drop_cursor(name); }
  result<std::vector<journal_cursor>> cursors() override {
    return script_->attempt(storage_call::read_cursor, [&] { return inner_->cursors(); });
  }

 private:
  std::optional<error> failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

  // Remembers a failure of append or sync, after which nobody knows what is stored.
  result<void> watched(result<void> done) {
    if (done || done.error().code == errc::invalid_argument) return done;
    const std::lock_guard lock(mutex_);
    failure_ = done.error();
    return done;
  }

  std::unique_ptr<journal> inner_;
  script_ptr script_;
  std::mutex mutex_;
  std::optional<error> failure_;
};

}  // namespace

std::unique_ptr<journal> make_faulty_journal(std::unique_ptr<journal> inner,
                                             std::shared_ptr<fault_script> script) {
  return std::make_unique<faulty_journal>(std::move(inner), std::move(script));
}

}  // namespace seckill::inline v1
