#include "shop_server.hpp"

#include "contract.hpp"

#include <stdexcept>

namespace seckill::testing {
namespace {

/// The value, or an exception with the error's text, which GoogleTest shows.
template <typename T>
T must(result<T> got) {
  if (!got) throw std::runtime_error(got.error().text);
  return std::move(*got);
}

engine_params small_engine() {
  engine_params params;
  params.ledger.stock_max = 100'000;
  params.ledger.remembered_max = 10'000;
  return params;
}

/// Sends one request, and holds the response against the contract.
http_response only_response(http_client client, std::string_view method, std::string_view target,
                            const std::string& request) {
  client.send(request);
  auto got = client.receive(method == "HEAD");
  if (!got) throw std::runtime_error("the server closed without a response");
  if (const std::string wrong = contract::of_this_repository().objection(method, target, *got);
      !wrong.empty()) {
    throw std::runtime_error(wrong);
  }
  return *got;
}

std::string operator_field() { return "Authorization: Bearer " + std::string(operator_token) + "\r\n"; }

std::string key_field(std::string_view key) {
  return "Idempotency-Key: " + (key.empty() ? shop_server::fresh_key() : std::string(key)) + "\r\n";
}

}  // namespace

shop_server::shop_server(const http_server_params& params, std::size_t shards, const static_site* site) {
  std::vector<std::unique_ptr<journal>> journals;
  for (std::size_t i = 0; i < shards; ++i) {
    journals.push_back(make_faulty_journal(must(open_memory_journal()), faults));
  }
  sales = must(engine::open(small_engine(), std::move(journals), time));
  orders = make_faulty_order_store(must(open_memory_order_store()), order_faults);
  server = must(http_server::start(params, {sales.get(), orders.get(), site}));
  order_worker = must(order_service::start(
      *sales, *orders, {}, [this](std::span<const order> changed) { server->publish_orders(changed); }));
}

shop_server::~shop_server() {
  order_worker->stop();
  server.reset();
  sales->stop();
}

http_response shop_server::get(std::string_view target) const {
  return only_response(connect(), "GET", target, request_text("GET", target, "", ""));
}

http_response shop_server::admin_get(std::string_view target) const {
  return only_response(connect(), "GET", target, request_text("GET", target, operator_field(), ""));
}

http_response shop_server::post(std::string_view target, std::string_view body, std::string_view key) const {
  return only_response(connect(), "POST", target, request_text("POST", target, key_field(key), body));
}

http_response shop_server::admin_post(std::string_view target, std::string_view body,
                                      std::string_view key) const {
  return only_response(connect(), "POST", target,
                       request_text("POST", target, operator_field() + key_field(key), body));
}

std::string shop_server::open_sale(std::uint32_t stock, std::uint32_t limit, std::uint32_t items,
                                   time_ms opens_in_ms) const {
  const time_ms opens = sales->now_ms() + opens_in_ms;
  std::string body = R"({"title":"Drop","opens_at_ms":)" + std::to_string(opens) + R"(,"closes_at_ms":)" +
                     std::to_string(opens + 1'000'000) + R"(,"reservation_ttl_ms":1000,"limit_per_buyer":)" +
                     std::to_string(limit) + R"(,"late_payment":"resell","items":[)";
  for (std::uint32_t sku = 1; sku <= items; ++sku) {
    if (sku > 1) body += ',';
    body += R"({"sku":)" + std::to_string(sku) +
            R"(,"title":"Phone","price_minor":4999,"currency":"CNY","stock":)" +
            std::to_string(sku == 1 ? stock : 1) + '}';
  }
  const http_response made = admin_post("/admin/v1/sales", body + "]}");
  if (made.status != 201) throw std::runtime_error("no sale: " + made.body);
  const std::size_t id = std::string_view(R"({"id":")").size();
  return made.body.substr(id, made.body.find('"', id) - id);
}

http_response shop_server::reserve(const std::string& sale, std::string_view buyer,
                                   std::string_view key) const {
  return only_response(connect(), "POST", "/api/v1/sales/" + sale + "/reservations",
                       reserve_text(sale, key.empty() ? fresh_key() : std::string(key), buyer));
}

void shop_server::wait_for_orders() const {
  const engine_stats stats = sales->stats();
  for (std::uint8_t shard = 0; shard < sales->shard_count(); ++shard) {
    if (!order_worker->wait_for(shard, stats.shards[shard].durable_sequence, std::chrono::seconds(10))) {
      throw std::runtime_error("the orders do not come");
    }
  }
}

std::string shop_server::fresh_key() {
  static std::atomic<std::uint64_t> next{1};
  char text[37];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012llx",
                static_cast<unsigned long long>(next++));
  return text;
}

std::string shop_server::request_text(std::string_view method, std::string_view target,
                                      std::string_view more_fields, std::string_view body) {
  std::string text;
  text.append(method)
      .append(" ")
      .append(target)
      .append(" HTTP/1.1\r\nHost: localhost\r\n")
      .append(more_fields);
  if (!body.empty()) {
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text.append("\r\n").append(body);
}

std::string shop_server::reserve_text(const std::string& sale, std::string_view key, std::string_view buyer) {
  return request_text("POST", "/api/v1/sales/" + sale + "/reservations", key_field(key),
                      R"({"buyer":")" + std::string(buyer) + R"(","lines":[{"sku":1,"quantity":1}]})");
}

}  // namespace seckill::testing
