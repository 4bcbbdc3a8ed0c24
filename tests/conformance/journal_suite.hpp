#pragma once

#include <seckill/ports/journal.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace seckill::testing {

/// The storage below a journal, and what can happen to it. Journals must be destroyed before it.
class journal_backend {
 public:
  virtual ~journal_backend() = default;
  virtual result<std::unique_ptr<journal>> open() = 0;
  /// Goes on with what a crash at this moment leaves: open() opens that from now on. A journal that is open
  /// stays on the old storage.
  virtual void crash_process() = 0;
  virtual void crash_machine() = 0;
  virtual std::size_t snapshot_bytes(std::uint64_t sequence) = 0;
  virtual void damage_snapshot(std::uint64_t sequence, std::size_t at) = 0;
  virtual void tear_snapshot(std::uint64_t sequence, std::size_t bytes_kept) = 0;
};

/// What the suite runs on. Instantiate journal_conformance with it for every implementation of the port.
struct journal_under_test {
  std::string name;
  std::function<std::unique_ptr<journal_backend>()> make;
};

class journal_conformance : public ::testing::TestWithParam<journal_under_test> {
 protected:
  journal_conformance() : backend_(GetParam().make()) { reopen(); }

  /// Closes the journal and opens it again.
  void reopen() {
    journal_.reset();
    auto opened = backend_->open();
    ASSERT_TRUE(opened) << opened.error().text;
    journal_ = std::move(*opened);
  }
  void crash_process() {
    backend_->crash_process();
    reopen();
  }
  void crash_machine() {
    backend_->crash_machine();
    reopen();
  }

  std::unique_ptr<journal_backend> backend_;
  std::unique_ptr<journal> journal_;
};

/// Bytes that no other frame has.
inline std::vector<std::byte> bytes_of(std::uint64_t seed, std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint64_t x = seed * 0x9e3779b97f4a7c15 + 1;
  for (std::byte& each : bytes) {
    x = x * 6364136223846793005 + 1442695040888963407;
    each = static_cast<std::byte>(x >> 56U);
  }
  return bytes;
}

/// A frame read back.
struct read_frame {
  std::uint64_t first_sequence = 0;
  std::vector<std::byte> bytes;
  friend bool operator==(const read_frame&, const read_frame&) = default;
};

inline void append_frame(journal& to, std::uint64_t first_sequence, std::size_t size = 100) {
  const auto bytes = bytes_of(first_sequence, size);
  const stored_frame frame{first_sequence, bytes};
  const auto done = to.append(std::span(&frame, 1));
  ASSERT_TRUE(done) << done.error().text;
}

/// Everything from here to the present end.
inline std::vector<read_frame> rest_of(frame_reader& reader) {
  std::vector<read_frame> found;
  while (true) {
    const auto next = reader.next();
    EXPECT_TRUE(next) << next.error().text;
    if (!next || !*next) return found;
    found.push_back({(*next)->first_sequence, {(*next)->bytes.begin(), (*next)->bytes.end()}});
  }
}

inline std::vector<read_frame> frames_from(journal& from, std::uint64_t sequence) {
  auto reader = from.read_from(sequence);
  EXPECT_TRUE(reader);
  return reader ? rest_of(**reader) : std::vector<read_frame>{};
}

inline std::vector<std::uint64_t> sequences_from(journal& from, std::uint64_t sequence) {
  std::vector<std::uint64_t> found;
  for (const read_frame& each : frames_from(from, sequence)) found.push_back(each.first_sequence);
  return found;
}

}  // namespace seckill::testing
