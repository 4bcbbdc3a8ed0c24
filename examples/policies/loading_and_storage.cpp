// Two nodes of a shop on one shared cache and one database: a crowd, a change of price, a new product, and bad ids.

#include <seckill/memory/memory_cache_store.hpp>
#include <seckill/memory/memory_invalidation_bus.hpp>
#include <seckill/memory/memory_record_source.hpp>
#include <seckill/storage.hpp>
#include <seckill/worker_pool.hpp>

#include <cstdio>
#include <latch>
#include <memory>
#include <string>

namespace {

struct fleet {
  seckill::worker_pool work{{.threads = 2}};
  std::shared_ptr<seckill::record_source> database = seckill::make_memory_record_source();
  std::shared_ptr<seckill::cache_store> shared = seckill::make_memory_cache_store();
  std::shared_ptr<seckill::invalidation_bus> bus = seckill::make_memory_invalidation_bus();

  std::unique_ptr<seckill::storage> make_node() {
    const auto filter = std::make_shared<seckill::membership_filter>(seckill::membership_filter_params{});
    filter->begin_rebuild();
    if (!filter->finish_rebuild({})) return nullptr;  // the database's keys, listed; there are none yet
    return seckill::storage::open(
               {.source = database,
                .work = &work,
                .local = std::make_shared<seckill::local_records>(seckill::near_cache_params{}),
                .shared = shared,
                .bus = bus,
                .filter = filter})
        .value();
  }
};

std::string price_at(seckill::storage& node, std::string_view key) {
  const seckill::found_record found = node.read_blocking(key).value();
  return found.record == nullptr ? "none" : found.record->value;
}

// A thousand readers at once, without a thread for each.
void send_crowd(fleet& in, seckill::storage& to, std::string_view key) {
  constexpr int size = 1'000;
  std::latch served(size);
  for (int i = 0; i < size; ++i)
    to.read(key, in.work.now_ns(), in.work.now_ns() + seckill::ns_per_s,
            [&served](const seckill::result<seckill::found_record>&) { served.count_down(); });
  served.wait();
}

}  // namespace

int main() {
  fleet shop;
  const auto a = shop.make_node();
  const auto b = shop.make_node();

  const std::uint64_t version = a->create_blocking("sku:1", "19.90").value().version;
  send_crowd(shop, *a, "sku:1");
  send_crowd(shop, *b, "sku:1");
  const std::uint64_t loads = a->stats().source_loads + b->stats().source_loads;

  if (!b->update_blocking("sku:1", "9.90", version)) return 1;
  const bool both_see_it = price_at(*a, "sku:1") == "9.90" && price_at(*b, "sku:1") == "9.90";

  const bool absent = price_at(*a, "sku:2") == "none";
  if (!b->create_blocking("sku:2", "5.00")) return 1;
  const bool at_once = price_at(*a, "sku:2") == "5.00";

  const std::uint64_t before = a->stats().source_loads;
  for (int i = 0; i < 1'000; ++i)
    if (price_at(*a, "bad:" + std::to_string(i)) != "none") return 1;
  const std::uint64_t loads_of_bad_ids = a->stats().source_loads - before;

  std::printf("2000 readers: %d load; 1000 bad ids: %d loads\n", static_cast<int>(loads),
              static_cast<int>(loads_of_bad_ids));
  return loads == 1 && both_see_it && absent && at_once && loads_of_bad_ids <= 20 ? 0 : 1;
}
