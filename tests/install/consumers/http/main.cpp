// Opens a shop on a free port, and closes it.
#include <seckill/http/http_server.hpp>
#include <seckill/memory/memory_journal.hpp>

#include <cstdio>

using namespace seckill;

int main() {
  const system_time_source time;
  std::vector<std::unique_ptr<journal>> journals;
  journals.push_back(open_memory_journal().value());
  const auto shop = engine::open({}, std::move(journals), time).value();

  http_server_params params;
  params.port = 0;
  const auto server = http_server::start(params, {.sales = shop.get()});
  if (!server) std::printf("%s\n", server.error().text.c_str());
  return server && (*server)->port() != 0 ? 0 : 1;
}
