#pragma once

#include <seckill/rocksdb/rocksdb_order_store.hpp>

#include <rocksdb/env.h>

namespace seckill::inline v1 {

/// open_rocksdb_order_store() on another file system than the machine's: for tests of what it does when that fails.
/// The environment must outlive the store.
[[nodiscard]] SECKILL_EXPORT result<std::unique_ptr<order_store>> open_rocksdb_order_store(
    const rocksdb_order_store_params& params, rocksdb::Env* env);

}  // namespace seckill::inline v1
