// consumer DIRECTORY: opens a journal on RocksDB below it.
#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto opened = seckill::open_rocksdb_journal({.directory = std::string(argv[1]) + "/journal"});
  if (!opened) std::printf("%s\n", opened.error().text.c_str());
  return opened ? 0 : 1;
}
