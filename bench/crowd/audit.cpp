#include "audit.hpp"

#include "json_reader.hpp"

namespace seckill::crowd {
namespace {

namespace json = boost::json;

audit_sale sale_from(json_reader& reader, const json::value& from) {
  audit_sale sale{.id = reader.id<sale_id>(from, "id"), .items = {}};
  for (const json::value& each : reader.array(from, "items")) {
    sale.items.push_back({.sku = sku_id{reader.integer<std::uint32_t>(each, "sku")},
                          .total = reader.integer<std::uint64_t>(each, "total"),
                          .available = reader.integer<std::uint64_t>(each, "available"),
                          .held = reader.integer<std::uint64_t>(each, "held"),
                          .sold = reader.integer<std::uint64_t>(each, "sold"),
                          .balanced = reader.boolean(each, "balanced")});
  }
  return sale;
}

std::string place(const audit_sale& sale, const audit_item& item) {
  return "sale " + std::to_string(to_integer(sale.id)) + " sku " + std::to_string(to_integer(item.sku));
}

// `counted` must be at least `told`, and at most that plus what was never answered.
void expect_within(std::vector<std::string>& faults, std::string_view what, std::uint64_t counted,
                   std::uint64_t told, std::uint64_t unanswered) {
  if (counted >= told && counted <= told + unanswered) return;
  std::string text = std::string(what) + ": the service has " + std::to_string(counted) +
                     ", the crowd was told of " + std::to_string(told);
  if (unanswered > 0) text += " and got no answer to " + std::to_string(unanswered);
  faults.push_back(std::move(text));
}

}  // namespace

std::uint64_t audit_info::orders(std::string_view status) const noexcept {
  const auto found = orders_by_status.find(status);
  return found == orders_by_status.end() ? 0 : found->second;
}

result<audit_info> read_audit(std::string_view text) {
  json_reader reader(text);
  const json::value& from = reader.document();
  audit_info audit;
  audit.balanced = reader.boolean(from, "balanced");
  for (const json::value& each : reader.array(from, "sales")) audit.sales.push_back(sale_from(reader, each));
  const json::value& journal = reader.object(from, "journal");
  audit.last_sequence = reader.integer<std::uint64_t>(journal, "last_sequence");
  audit.durable_sequence = reader.integer<std::uint64_t>(journal, "durable_sequence");
  const json::value& orders = reader.object(from, "orders");
  audit.order_count = reader.integer<std::uint64_t>(orders, "count");
  const json::value& by_status = reader.object(orders, "by_status");
  for (const auto& [name, count] : by_status.get_object()) {
    const std::string status(name.data(), name.size());
    audit.orders_by_status[status] = reader.integer<std::uint64_t>(by_status, status);
  }
  return reader.finish(std::move(audit));
}

std::vector<std::string> check_balance(const audit_info& now) {
  std::vector<std::string> faults;
  if (!now.balanced) faults.emplace_back("the service says that it is out of balance");
  for (const audit_sale& sale : now.sales) {
    for (const audit_item& item : sale.items) {
      if (item.balanced && item.available + item.held + item.sold == item.total) continue;
      faults.push_back(place(sale, item) + ": available " + std::to_string(item.available) + " + held " +
                       std::to_string(item.held) + " + sold " + std::to_string(item.sold) + " is not total " +
                       std::to_string(item.total));
    }
  }
  std::uint64_t sum = 0;
  for (const auto& [status, count] : now.orders_by_status) sum += count;
  if (sum != now.order_count) {
    faults.push_back("orders: " + std::to_string(now.order_count) + " in all, but " + std::to_string(sum) +
                     " by status");
  }
  return faults;
}

std::vector<std::string> check_against(const audit_info& before, const audit_info& now, const tally& counts) {
  std::vector<std::string> faults;
  expect_within(faults, "orders", now.order_count - before.order_count, counts.acknowledged.size(),
                counts.unanswered_reserves);
  expect_within(faults, "paid orders", now.orders("paid") - before.orders("paid"),
                counts.acknowledged_with(fate::paid), counts.acknowledged_with(fate::unknown));
  return faults;
}

std::vector<std::string> check_sold_out(const audit_info& now, sale_id sale) {
  std::vector<std::string> faults;
  for (const audit_sale& each : now.sales) {
    if (each.id != sale) continue;
    for (const audit_item& item : each.items) {
      if (item.sold == item.total) continue;
      faults.push_back(place(each, item) + ": " + std::to_string(item.sold) + " of " +
                       std::to_string(item.total) + " units are sold");
    }
    return faults;
  }
  faults.push_back("sale " + std::to_string(to_integer(sale)) + " is not in the audit");
  return faults;
}

}  // namespace seckill::crowd
