#pragma once

#include "tests/support/http_client.hpp"
#include <seckill/engine.hpp>
#include <seckill/http/http_server.hpp>
#include <seckill/memory/memory_journal.hpp>
#include <seckill/memory/memory_order_store.hpp>
#include <seckill/order_service.hpp>
#include <seckill/testing/fault_script.hpp>
#include <seckill/testing/faulty_journal.hpp>
#include <seckill/testing/faulty_order_store.hpp>
#include <seckill/testing/manual_time_source.hpp>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace seckill::testing {

inline constexpr std::string_view operator_token = "integration-token";

/// A whole shop on a free port: engine and orders in memory, both of which can be made to fail, and a server. The clock
/// stands at 1,000,000 until a test moves it.
class shop_server {
 public:
  static http_server_params quick() {
    http_server_params params;
    params.port = 0;
    params.operator_token = operator_token;
    params.admission.buyer_rate = 0;  // tests make few buyers ask for much
    return params;
  }

  explicit shop_server(const http_server_params& params = quick(), std::size_t shards = 1,
                       const static_site* site = nullptr);
  ~shop_server();

  [[nodiscard]] http_client connect() const { return http_client(server->port()); }

  // One request on a connection of its own.
  http_response get(std::string_view target) const;
  http_response admin_get(std::string_view target) const;
  /// With a fresh key unless one is given.
  http_response post(std::string_view target, std::string_view body = "", std::string_view key = "") const;
  http_response admin_post(std::string_view target, std::string_view body = "",
                           std::string_view key = "") const;

  /// A sale of skus 1 to `items` that is open, or opens in so long; its id.
  std::string open_sale(std::uint32_t stock, std::uint32_t limit = 0, std::uint32_t items = 1,
                        time_ms opens_in_ms = 0) const;
  http_response reserve(const std::string& sale, std::string_view buyer = "1001",
                        std::string_view key = "") const;
  /// Until the orders show all that has happened.
  void wait_for_orders() const;

  static std::string fresh_key();
  static std::string request_text(std::string_view method, std::string_view target,
                                  std::string_view more_fields, std::string_view body);
  static std::string reserve_text(const std::string& sale, std::string_view key,
                                  std::string_view buyer = "1001");

  manual_time_source time{1'000'000};
  std::shared_ptr<fault_script> order_faults = std::make_shared<fault_script>();
  std::shared_ptr<fault_script> faults = std::make_shared<fault_script>();
  std::unique_ptr<engine> sales;
  std::unique_ptr<order_store> orders;
  std::unique_ptr<http_server> server;
  std::unique_ptr<order_service> order_worker;
};

}  // namespace seckill::testing
