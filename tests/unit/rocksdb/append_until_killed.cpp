#include "tests/conformance/journal_suite.hpp"
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <unistd.h>

// Appends frames to the journal in the directory given and writes the sequence of each that was acknowledged to
// its output, until it is killed.
int main(int argc, char** argv) {
  using namespace seckill;
  if (argc != 2) return 1;
  auto opened = open_rocksdb_journal({.directory = argv[1], .write_buffer_bytes = 1U << 20U});
  if (!opened) return 2;
  for (std::uint64_t first = 1;; ++first) {
    const auto bytes = seckill::testing::bytes_of(first, 5'000);
    const stored_frame frame{first, bytes};
    if (!(*opened)->append(std::span(&frame, 1))) return 3;
    if (first % 64 == 0 && !(*opened)->sync()) return 4;
    if (first % 100 == 0 && !(*opened)->save_cursor("feed", first)) return 5;
    if (::write(STDOUT_FILENO, &first, sizeof first) != sizeof first) return 6;
  }
}
