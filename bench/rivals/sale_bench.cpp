#include "sale_bench.hpp"

#include "promises.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace seckill::rivals {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

bench_options parse(CLI::App& app, int argc, char** argv) {
  bench_options options;
  app.add_option("--host", options.host)->capture_default_str();
  app.add_option("--port", options.port)->required();
  app.add_option("--setup", options.setup, "The script or schema")->required()->check(CLI::ExistingFile);
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 1'000))->capture_default_str();
  app.add_option("--depth", options.depth, "Requests on their way on each connection")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 600.0))->capture_default_str();
  app.parse(argc, argv);
  return options;
}

verdict ask_one(lane& of, const wish& what) {
  of.add(what, wall_clock_ms());
  of.flush();
  return of.receive();
}

int measure(shop& in, const bench_options& options) {
  const sale_terms terms = terms_from_now();
  in.open(terms);
  std::vector<std::unique_ptr<lane>> lanes;
  while (lanes.size() < options.connections) lanes.push_back(in.connect());
  const auto length = duration_cast<nanoseconds>(std::chrono::duration<double>(options.seconds));

  crowd_of_strangers crowd;
  told said;
  const auto run = [&](sku_id sku, nanoseconds time) {
    return run_closed_loop(lanes, options.depth, time, [&] { return said.last = crowd.next(sku); });
  };
  const tally lucky = run(sale_terms::plenty, length);
  const wish last_reserved = said.last;
  tally late = run(sale_terms::scarce, length / 3);
  for (int more = 0; more < 20 && late.of(verdict::sold_out) == 0;
       ++more)  // a slow disk has not sold out yet
    late.add(run(sale_terms::scarce, length / 3));
  said = {lucky.of(verdict::reserved), late.of(verdict::reserved), late.of(verdict::sold_out), last_reserved};

  report all;
  all.add("accepted", said.plenty_reserved);
  all.add_rate("accepted_per_s", said.plenty_reserved, lucky.elapsed_ns);
  all.add("refused", said.scarce_sold_out);
  all.add_rate("refused_per_s", said.scarce_sold_out, late.elapsed_ns);
  all.add("asked_again", lucky.of(verdict::failed) + late.of(verdict::failed));
  all.add_latencies(lucky.latencies);
  return all.finish(broken_promises(
      terms, said, [&](const wish& what) { return ask_one(*lanes[0], what); },
      [&](sku_id sku) { return in.read(sku); }));
}

}  // namespace

wish crowd_of_strangers::next(sku_id sku) {
  ++count_;
  std::uint64_t mixed = count_ * 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
  return {{mixed ^ (mixed >> 31U), count_}, buyer_id{count_}, sku};
}

sale_terms terms_from_now() {
  sale_terms terms;
  terms.opens_at_ms = wall_clock_ms() - 1'000;
  terms.closes_at_ms = terms.opens_at_ms + 24 * 3'600'000;
  return terms;
}

void report::add(const std::string& name, std::uint64_t number) {
  text_ += (text_.empty() ? "" : ", ") + ("\"" + name + "\": ") + std::to_string(number);
}

void report::add(const std::string& name, const std::string& text) {
  text_ += (text_.empty() ? "" : ", ") + ("\"" + name + "\": \"") + text + "\"";
}

void report::add_rate(const std::string& name, std::uint64_t count, std::uint64_t elapsed_ns) {
  add(name, elapsed_ns == 0 ? 0 : count * 1'000'000 / (elapsed_ns / 1'000 + 1));
}

void report::add_latencies(const crowd::histogram& of) {
  using crowd::quantile;
  add("p50_us", of.at(quantile::p50) / 1'000);
  add("p99_us", of.at(quantile::p99) / 1'000);
  add("p99.9_us", of.at(quantile::p99_9) / 1'000);
  add("p99.99_us", of.at(quantile::p99_99) / 1'000);
  add("max_us", of.max_ns() / 1'000);
}

int report::finish(const std::vector<std::string>& broken) {
  for (const std::string& each : broken) std::fprintf(stderr, "broken promise: %s\n", each.c_str());
  add("broken_promises", broken.size());
  std::printf("{%s}\n", text_.c_str());
  return broken.empty() ? 0 : 1;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int run_sale_bench(int argc, char** argv, const std::function<void(CLI::App&)>& declare,
                   const std::function<std::unique_ptr<shop>(const bench_options&)>& make) {
  CLI::App app("A sale at a rival: accepted reserves, refusals, and whether it kept its promises");
  declare(app);
  try {
    const bench_options options = parse(app, argc, argv);
    return measure(*make(options), options);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", argv[0], failure.what());
    return 2;
  }
}

}  // namespace seckill::rivals
