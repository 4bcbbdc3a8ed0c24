// A sale page is asked for 20,000 times while its item changes three times. The source is asked a few times, nobody sees
// a page that is older than a change, and an id that does not exist is looked up once.

#include <seckill/policy/near_cache.hpp>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace {

using page = std::shared_ptr<const std::string>;

struct database {
  int version = 1;
  int asked = 0;
  page load(std::uint64_t sale) {
    ++asked;
    if (sale != 1) return nullptr;
    return std::make_shared<const std::string>("version " + std::to_string(version));
  }
};

// What every handler of a request does. In a service a single flight stands around the load.
page page_of(std::uint64_t sale, seckill::near_cache<std::uint64_t, page>& cache, database& source,
             seckill::time_ns now) {
  page shown;
  switch (cache.read(sale, now, [&shown](const page& cached) { shown = cached; })) {
    case seckill::cache_answer::hit:
    case seckill::cache_answer::absent:
      return shown;
    case seckill::cache_answer::refresh:
    case seckill::cache_answer::miss:
      break;
  }
  const seckill::fill_ticket begun = cache.begin_fill(sale);  // before the source is asked
  const page loaded = source.load(sale);
  if (loaded == nullptr) {
    cache.fill_absent(sale, begun, now);
    return nullptr;
  }
  cache.fill(sale, begun, loaded, now, {.load_ns = 2 * seckill::ns_per_ms});
  return loaded;
}

}  // namespace

int main() {
  seckill::near_cache<std::uint64_t, page> cache({.entries_max = 10'000, .ttl_ns = 5 * seckill::ns_per_s});
  database source;
  int old_pages = 0;
  for (int request = 0; request < 20'000; ++request) {
    const seckill::time_ns now = request * seckill::ns_per_ms;
    if (request % 5'000 == 4'999) {
      ++source.version;     // the operator changes the item,
      cache.invalidate(1);  // and says so
    }
    const page shown = page_of(1, cache, source, now);
    old_pages += *shown == "version " + std::to_string(source.version) ? 0 : 1;
    if (page_of(404, cache, source, now) != nullptr) return 1;
  }
  const seckill::near_cache_stats seen = cache.stats();
  std::printf("40000 requests, %d loads, %d old pages, hit ratio %.4f\n", source.asked, old_pages,
              static_cast<double>(seen.hits) / static_cast<double>(seen.hits + seen.misses));
  return old_pages == 0 && source.asked < 20 ? 0 : 1;
}
