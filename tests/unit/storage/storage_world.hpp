#pragma once

#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/memory/memory_invalidation_bus.hpp>
#include <seckill/memory/memory_record_source.hpp>
#include <seckill/policy/key_hash.hpp>
#include <seckill/storage.hpp>
#include <seckill/testing/fault_script.hpp>
#include <seckill/testing/faulty_cache_store.hpp>
#include <seckill/testing/faulty_invalidation_bus.hpp>
#include <seckill/testing/faulty_record_source.hpp>
#include <seckill/testing/manual_executor.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seckill::testing {

/// Which levels the nodes of a world have.
struct world_levels {
  bool local = true;
  bool shared = true;
  bool bus = true;
  bool filter = false;
};

/// One source, one shared cache, one bus, and any number of nodes on them, stepped by hand.
class storage_world {
 public:
  explicit storage_world(world_levels with = {}) : with_(with) {
    params.loads = {.ask_again_ns = 10 * ns_per_ms, .wait_max_ns = 10 * ns_per_s};
    local_params.ttl_jitter = 0;
    local_params.early_refresh_beta = 0;
  }

  struct node {
    std::shared_ptr<local_records> local;
    std::shared_ptr<membership_filter> filter;
    std::unique_ptr<storage> records;
  };

  /// `work`: the world's, if it is null.
  [[nodiscard]] node make_node(executor* on = nullptr) {
    node made;
    if (with_.local) made.local = std::make_shared<local_records>(local_params);
    if (with_.filter) {
      made.filter = std::make_shared<membership_filter>(membership_filter_params{.fresh_keys_max = 1'000});
      made.filter->begin_rebuild();
      EXPECT_TRUE(made.filter->finish_rebuild({}));
    }
    made.records = storage::open({.source = source,
                                  .work = on != nullptr ? on : work.get(),
                                  .local = made.local,
                                  .shared = with_.shared ? shared : nullptr,
                                  .bus = with_.bus ? bus : nullptr,
                                  .filter = made.filter},
                                 params)
                       .value();
    return made;
  }

  // Runs the executor until the answer is there.
  result<found_record> read(storage& from, std::string_view key) {
    std::optional<result<found_record>> answer;
    from.read(key, work->now_ns(), storage::no_deadline, [&](const auto& told) { answer = told; });
    while (!answer && work->waiting() != 0) work->advance(ns_per_ms);
    return answer.value();
  }
  // Null: absent.
  std::optional<std::string> value_of(storage& from, std::string_view key) {
    const found_record found = read(from, key).value();
    return found.record == nullptr ? std::nullopt : std::optional(found.record->value);
  }
  template <typename Start>
  result<write_answer> write(Start&& start) {
    std::optional<result<write_answer>> answer;
    start([&](const result<write_answer>& told) { answer = told; });
    while (!answer && work->waiting() != 0) work->advance(ns_per_ms);
    return answer.value();
  }
  result<write_answer> create(storage& in, std::string_view key, std::string_view value) {
    return write([&](auto done) { in.create(key, value, done); });
  }
  result<write_answer> update(storage& in, std::string_view key, std::string_view value,
                              std::optional<std::uint64_t> expected = std::nullopt) {
    return write([&](auto done) { in.update(key, value, expected, done); });
  }
  result<write_answer> remove(storage& in, std::string_view key,
                              std::optional<std::uint64_t> expected = std::nullopt) {
    return write([&](auto done) { in.remove(key, expected, done); });
  }
  [[nodiscard]] std::uint64_t loads() const { return script->count(storage_call::load_records); }

  storage_params params;
  near_cache_params local_params;
  std::shared_ptr<fault_script> script = std::make_shared<fault_script>();
  std::unique_ptr<manual_executor> work = std::make_unique<manual_executor>();
  std::shared_ptr<record_source> source = make_faulty_record_source(make_memory_record_source(), script);
  std::shared_ptr<cache_store> shared = make_faulty_cache_store(make_memory_cache_store(), script);
  std::shared_ptr<faulty_invalidation_bus> bus =
      std::make_shared<faulty_invalidation_bus>(make_memory_invalidation_bus(), script);

 private:
  world_levels with_;
};

}  // namespace seckill::testing
