// This library's engine on RocksDB, asked for the same as its rivals, and held to the same promises. Runs in the current
// directory, which must be on the disk in question.
#include "promises.hpp"
#include "sale_bench.hpp"
#include <seckill/engine.hpp>
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_service.hpp>
#include <seckill/rocksdb/rocksdb_journal.hpp>
#include <seckill/rocksdb/rocksdb_order_store.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace seckill::rivals {
namespace {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

constexpr std::size_t run_length = 512;
constexpr std::uint64_t outstanding_max = 32'768;
constexpr std::chrono::minutes patience{10};

std::uint64_t ns_since(steady::time_point start) {
  return static_cast<std::uint64_t>((steady::now() - start).count());
}

struct options {
  durability level = durability::synced;
  std::uint64_t requests = 4'000'000;  ///< of the item with plenty; all are accepted
  bool orders_meanwhile = false;
};

/// Counts answers; called on an engine thread.
struct replies {
  std::atomic<std::uint64_t> count{0};
  std::atomic<std::uint64_t> reserved{0};
  std::atomic<std::uint64_t> sold_out{0};

  static void done(void* context, const answer& reply) noexcept {
    auto& self = *static_cast<replies*>(context);
    if (reply.code == outcome::reserved) self.reserved.fetch_add(1, std::memory_order_relaxed);
    if (reply.code == outcome::sold_out || reply.code == outcome::all_held)
      self.sold_out.fetch_add(1, std::memory_order_relaxed);
    self.count.fetch_add(1, std::memory_order_release);
  }
};

class seckill_shop {
 public:
  explicit seckill_shop(const options& how) : terms_(terms_from_now()) {
    fs::remove_all(directory_);
    terms_.plenty_stock = static_cast<std::uint32_t>(how.requests) + 1'000;
    engine_params params;
    params.level = how.level;
    params.ledger.stock_max = terms_.plenty_stock + terms_.scarce_stock;
    params.ledger.touch_memory = true;
    params.snapshot_every_events = 0;
    std::vector<std::unique_ptr<journal>> journals;
    journals.push_back(open_rocksdb_journal({.directory = (directory_ / "journal").string()}).value());
    works_ = engine::open(params, std::move(journals), time_).value();
    open_sale(sale_terms::plenty, terms_.plenty_stock);
    open_sale(sale_terms::scarce, terms_.scarce_stock);
    store_ = how.orders_meanwhile
                 ? open_rocksdb_order_store({.directory = (directory_ / "orders").string()}).value()
                 : open_memory_order_store().value();
  }
  ~seckill_shop() {
    if (orders_) orders_->stop();
    orders_.reset();
    works_.reset();
    store_.reset();
    fs::remove_all(directory_);
  }
  seckill_shop(const seckill_shop&) = delete;
  seckill_shop& operator=(const seckill_shop&) = delete;

  [[nodiscard]] const sale_terms& terms() const { return terms_; }

  void start_orders() {
    if (orders_) return;
    orders_ = order_service::start(*works_, *store_, {}, [this](std::span<const order> changed) {
                for (const order& each : changed) ordered_[each.sale] += each.lines.units();
              }).value();
  }
  /// Waits until every event so far has become an order.
  void await_orders() {
    if (!orders_->wait_for(0, works_->stats().shards[0].last_sequence, patience))
      throw std::runtime_error("orders do not follow");
  }

  /// Asks for `count`, with up to outstanding_max on their way, and waits for all answers.
  void ask(sku_id sku, std::uint64_t count, crowd_of_strangers& crowd, replies& seen, wish& last) {
    std::vector<submission> run(run_length);
    for (submission& each : run) each.then = {&replies::done, &seen};
    for (std::uint64_t asked = 0; asked < count;) {
      const std::size_t size = std::min<std::uint64_t>(run_length, count - asked);
      for (std::size_t i = 0; i < size; ++i) run[i].what = to_command(last = crowd.next(sku));
      while (asked - seen.count.load(std::memory_order_acquire) > outstanding_max) std::this_thread::yield();
      works_->submit(std::span(run).first(size));
      asked += size;
    }
    while (seen.count.load(std::memory_order_acquire) < count) std::this_thread::yield();
  }

  verdict ask_once(const wish& what) {
    const answer reply = works_->execute(to_command(what));
    if (reply.replayed) return verdict::replayed;
    if (reply.code == outcome::reserved) return verdict::reserved;
    return reply.code == outcome::limit_exceeded ? verdict::limit_exceeded : verdict::failed;
  }

  /// Orders are counted one by one as the store was told them; that buyers' units agree with held and sold is what
  /// audit() looks at.
  books read(sku_id sku) {
    await_orders();
    const item_stock shown = works_->find_sale(sales_.at(sku)).value().items.at(0);
    return {shown.available, ordered_[sales_.at(sku)], shown.held + shown.sold};
  }
  /// What is wrong in the ledger.
  std::vector<std::string> audit() {
    std::vector<std::string> wrong;
    std::promise<outcome> seen;
    works_->read(
        0, [&](const ledger& of) { wrong = of.audit(); }, [&](outcome code) { seen.set_value(code); });
    if (seen.get_future().get() != outcome::applied) wrong.emplace_back("the ledger could not be audited");
    return wrong;
  }
  std::uint64_t orders_stored() {
    const order_counts counts = store_->counts().value();
    return counts.at(static_cast<std::size_t>(order_status::pending_payment));
  }

 private:
  void open_sale(sku_id sku, std::uint32_t stock) {
    sale_definition sale;
    sale.title = "bench";
    sale.opens_at_ms = terms_.opens_at_ms;
    sale.closes_at_ms = terms_.closes_at_ms;
    sale.reservation_ttl_ms = terms_.ttl_ms;
    sale.limit_per_buyer = terms_.limit_per_buyer;
    sale.currency = {'E', 'U', 'R'};
    sale.items = {{sku, "unit", 100, stock}};
    sales_[sku] = works_->execute(create_sale_command{{1, to_integer(sku)}, {}, sale}).sale;
  }
  command to_command(const wish& what) const {
    return reserve_command{
        what.request, what.sku == sale_terms::plenty ? sale_id{1} : sale_id{2}, what.buyer, {{what.sku, 1}}};
  }

  sale_terms terms_;
  system_time_source time_;
  fs::path directory_ = fs::current_path() / "rival_seckill.scratch";
  std::map<sku_id, sale_id> sales_;
  std::map<sale_id, std::uint64_t>
      ordered_;  // written by the order service's thread, read when it has caught up
  std::unique_ptr<engine> works_;
  std::unique_ptr<order_store> store_;
  std::unique_ptr<order_service> orders_;
};

int measure(const options& how) {
  seckill_shop shop(how);
  if (how.orders_meanwhile) shop.start_orders();
  crowd_of_strangers crowd;
  told said;
  wish ignored;
  replies lucky;
  replies late;

  auto start = steady::now();
  shop.ask(sale_terms::plenty, how.requests, crowd, lucky, said.last);
  const std::uint64_t lucky_ns = ns_since(start);
  if (!how.orders_meanwhile) start = steady::now();
  shop.start_orders();
  shop.await_orders();
  const std::uint64_t orders_ns = ns_since(start);
  start = steady::now();
  shop.ask(sale_terms::scarce, how.requests, crowd, late, ignored);
  const std::uint64_t late_ns = ns_since(start);
  said.plenty_reserved = lucky.reserved;
  said.scarce_reserved = late.reserved;
  said.scarce_sold_out = late.sold_out;

  report all;
  all.add("accepted", said.plenty_reserved);
  all.add_rate("accepted_per_s", said.plenty_reserved, lucky_ns);
  all.add_rate("orders_per_s", said.plenty_reserved, orders_ns);
  all.add("refused", said.scarce_sold_out);
  all.add_rate("refused_per_s", said.scarce_sold_out, late_ns);
  auto broken = broken_promises(
      shop.terms(), said, [&](const wish& what) { return shop.ask_once(what); },
      [&](sku_id sku) { return shop.read(sku); });
  std::ranges::move(shop.audit(), std::back_inserter(broken));
  const std::uint64_t stored = shop.orders_stored();
  if (stored != said.plenty_reserved + said.scarce_reserved + shop.terms().limit_per_buyer)
    broken.push_back("the store has " + std::to_string(stored) + " orders");
  return all.finish(broken);
}

}  // namespace
}  // namespace seckill::rivals

int main(int argc, char** argv) {
  using namespace seckill;
  CLI::App app("A sale at the engine, beside its rivals");
  rivals::options how;
  const std::map<std::string, durability> levels{
      {"memory", durability::memory}, {"written", durability::written}, {"synced", durability::synced}};
  app.add_option("--level", how.level)->transform(CLI::CheckedTransformer(levels));
  app.add_option("--requests", how.requests)->check(CLI::Range(10'000, 20'000'000));
  app.add_flag("--orders", how.orders_meanwhile, "Orders are made meanwhile, and not afterwards");
  CLI11_PARSE(app, argc, argv);
  return rivals::measure(how);
}
