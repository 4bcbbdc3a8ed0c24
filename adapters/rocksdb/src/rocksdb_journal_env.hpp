#pragma once

#include <seckill/rocksdb/rocksdb_journal.hpp>

#include <rocksdb/env.h>

namespace seckill::inline v1 {

/// open_rocksdb_journal() on another file system than the machine's: for tests of what it does when that
/// fails. The environment must outlive the journal.
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<journal>> open_rocksdb_journal(
    const rocksdb_journal_params& params, rocksdb::Env* env);

}  // namespace seckill::inline v1
