// A sale page falls out of the cache while a crowd asks for it: a hundred threads miss it at the same time.

#include <seckill/blocking_flight.hpp>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using page = std::shared_ptr<const std::string>;
using page_flights = seckill::single_flight<std::uint64_t, page>;

constexpr std::size_t crowd = 100;

std::atomic<int> loads{0};

// A slow database: it answers when everybody has asked.
seckill::result<page> load_page(const page_flights& flights) {
  ++loads;
  while (flights.waiters() < crowd) std::this_thread::yield();
  return std::make_shared<const std::string>("<h1>Sale 7</h1>");
}

}  // namespace

int main() {
  page_flights flights;
  std::atomic<std::size_t> served{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < crowd; ++i)
    threads.emplace_back([&] {
      const auto answer = seckill::blocking_flight(flights, 7, [&] { return load_page(flights); });
      if (answer.value && **answer.value == "<h1>Sale 7</h1>") ++served;
    });
  for (std::thread& each : threads) each.join();
  std::printf("served %zu, loads %d\n", served.load(), loads.load());
  return served == crowd && loads == 1 ? 0 : 1;
}
