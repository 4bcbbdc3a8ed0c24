// The rival without a server: one mutex over the hash maps of the standard library, in this process, by one thread or
// more. Nothing survives the process.
#include "promises.hpp"
#include "sale_bench.hpp"

#include <chrono>
#include <cstdio>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace seckill::rivals {
namespace {

class mutex_and_maps {
 public:
  explicit mutex_and_maps(const sale_terms& terms) : terms_(terms) {
    items_[sale_terms::plenty].left = terms.plenty_stock;
    items_[sale_terms::scarce].left = terms.scarce_stock;
  }

  verdict reserve(const wish& what, time_ms now) {
    const std::lock_guard lock(mutex_);
    const std::string key = to_hex(what.request);
    if (by_request_.contains(key)) return verdict::replayed;
    if (now < terms_.opens_at_ms || now >= terms_.closes_at_ms) return verdict::failed;
    item& of = items_.at(what.sku);
    if (const auto found = of.units_by_buyer.find(to_integer(what.buyer));
        found != of.units_by_buyer.end() && found->second >= terms_.limit_per_buyer)
      return verdict::limit_exceeded;
    if (of.left == 0) return verdict::sold_out;
    --of.left;
    ++of.units_by_buyer[to_integer(what.buyer)];
    const std::uint64_t id = ++last_;
    by_request_.emplace(key, id);
    orders_.emplace(id, what);
    deadlines_.emplace_back(now + terms_.ttl_ms, id);
    return verdict::reserved;
  }

  books read(sku_id sku) const {
    const item& of = items_.at(sku);
    books in{of.left, 0, 0};
    for (const auto& [id, order] : orders_) in.ordered += order.sku == sku ? 1U : 0U;
    for (const auto& [buyer, units] : of.units_by_buyer) in.counted += units;
    return in;
  }

 private:
  struct item {
    std::uint32_t left = 0;
    std::unordered_map<std::uint64_t, std::uint32_t> units_by_buyer;
  };

  std::mutex mutex_;
  sale_terms terms_;
  std::uint64_t last_ = 0;
  std::unordered_map<sku_id, item> items_;
  std::unordered_map<std::string, std::uint64_t> by_request_;
  std::unordered_map<std::uint64_t, wish> orders_;
  std::deque<std::pair<time_ms, std::uint64_t>> deadlines_;
};

struct counted {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  std::uint64_t elapsed_ns = 0;
  wish last;
};

/// `count` requests of each thread.
counted run(mutex_and_maps& in, sku_id sku, std::size_t threads, std::uint64_t count) {
  std::vector<counted> of(threads);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::jthread> callers;
  for (std::size_t i = 0; i < threads; ++i)
    callers.emplace_back([&, i] {
      crowd_of_strangers crowd(((to_integer(sku) << 8U) + i) << 32U);
      for (std::uint64_t asked = 0; asked < count; ++asked) {
        const wish what = crowd.next(sku);
        const bool reserved = in.reserve(what, wall_clock_ms()) == verdict::reserved;
        ++(reserved ? of[i].accepted : of[i].refused);
        if (reserved) of[i].last = what;
      }
    });
  callers.clear();
  counted all = of[0];
  for (std::size_t i = 1; i < threads; ++i) {
    all.accepted += of[i].accepted;
    all.refused += of[i].refused;
  }
  all.elapsed_ns = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count());
  return all;
}

int measure(std::size_t threads, std::uint64_t requests) {
  const sale_terms terms = terms_from_now();
  mutex_and_maps in(terms);
  const counted lucky = run(in, sale_terms::plenty, threads, requests / threads);
  const counted late = run(in, sale_terms::scarce, threads, requests / threads);
  report all;
  all.add("accepted", lucky.accepted);
  all.add_rate("accepted_per_s", lucky.accepted, lucky.elapsed_ns);
  all.add("refused", late.refused);
  all.add_rate("refused_per_s", late.refused, late.elapsed_ns);
  return all.finish(broken_promises(
      terms, {lucky.accepted, late.accepted, late.refused, lucky.last},
      [&](const wish& what) { return in.reserve(what, wall_clock_ms()); },
      [&](sku_id sku) { return in.read(sku); }));
}

}  // namespace
}  // namespace seckill::rivals

int main(int argc, char** argv) {
  CLI::App app("A sale behind a mutex and hash maps");
  std::size_t threads = 1;
  std::uint64_t requests = 1'000'000;
  app.add_option("--threads", threads)->check(CLI::Range(1, 64));
  app.add_option("--requests", requests)->check(CLI::Range(10'000, 8'000'000));
  CLI11_PARSE(app, argc, argv);
  return seckill::rivals::measure(threads, requests);
}
