#include "report.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace seckill::crowd {
namespace {

namespace json = boost::json;

constexpr std::array quantiles{quantile::p50, quantile::p90, quantile::p99, quantile::p99_9,
                               quantile::p99_99};
constexpr std::array<std::string_view, 5> quantile_names{"p50", "p90", "p99", "p99.9", "p99.99"};

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ').append(text);
}

std::string labelled(std::string_view text, std::size_t width = 24) {
  std::string label = "    ";
  label.append(text);
  label.resize(std::max(label.size(), width), ' ');
  return label;
}

void add_counts(std::string& to, std::string_view title, const tally::by_outcome& counts) {
  if (total(counts) == 0) return;
  to.append("  ").append(title).append("\n");
  for (const outcome code : all_outcomes()) {
    const std::uint64_t count = count_of(counts, code);
    if (count > 0) to.append(labelled(to_string(code))).append(padded(grouped(count), 12)).append("\n");
  }
}

void add_latency(std::string& to, std::string_view name, const histogram& of) {
  if (of.count() == 0) return;
  to.append(labelled(name)).append(padded(grouped(of.count()), 12));
  for (const quantile each : quantiles) to.append(padded(milliseconds(of.at(each)), 10));
  to.append(padded(milliseconds(of.max_ns()), 10)).append("\n");
}

void add_head(std::string& to, const run_result& run, const tally& counts) {
  const std::uint64_t rate = run.crowd.rate_per_s;
  to += "Sale " + std::to_string(to_integer(run.sale.id)) + " \"" + run.sale.title + "\" at " +
        run.to.text() + ": " + grouped(run.sale.stock()) + " units\n";
  to += "  " + grouped(run.crowd.buyers) + " shoppers over " + grouped(run.connections) + " connections, " +
        (rate > 0 ? "open loop at " + grouped(rate) + "/s"
                  : std::string("closed loop: they come as fast as they are served, which hides waiting")) +
        "; seed " + std::to_string(run.crowd.seed) + "\n";
  const std::uint64_t served = total(counts.reserves) + total(counts.duplicates);
  const std::uint64_t ms = run.elapsed_ns / 1'000'000;
  to += "  " + grouped(counts.arrived) + " arrived, " + grouped(counts.came_back) + " came back; " +
        grouped(served) + " answers to reserve in " + milliseconds(run.elapsed_ns) + " ms";
  if (ms > 0) to += " (" + grouped(served * 1'000 / ms) + "/s)";
  to += run.interrupted ? "; interrupted\n\n" : "\n\n";
}

void add_trouble(std::string& to, const tally& counts) {
  const auto line = [&](std::string_view name, std::uint64_t count) {
    if (count > 0) to.append(labelled(name)).append(padded(grouped(count), 12)).append("\n");
  };
  const std::size_t before = to.size();
  line("network errors", counts.network_errors);
  line("retries", counts.retries);
  line("reserves unanswered", counts.unanswered_reserves);
  line("others unanswered", counts.unanswered_others);
  for (const auto& [status, count] : counts.unexpected) line("HTTP " + std::to_string(status), count);
  if (to.size() > before) to.insert(before, "  trouble\n");
}

void add_stock(std::string& to, const run_result& run) {
  to += "  stock                 total   available        held        sold\n";
  for (const item_info& item : run.sale.items) {
    to.append(labelled("sku " + std::to_string(to_integer(item.sku)), 16))
        .append(padded(grouped(item.total), 11))
        .append(padded(grouped(item.available), 12))
        .append(padded(grouped(item.held), 12))
        .append(padded(grouped(item.sold), 12))
        .append("\n");
  }
}

void add_checks(std::string& to, const run_result& run, const tally& counts) {
  if (run.orders_verified) {
    to += "  verified    " + grouped(*run.reservations_verified) + " reservations and " +
          grouped(*run.orders_verified) + " orders of " + grouped(counts.acknowledged.size()) +
          " acknowledged\n";
  }
  if (run.audit) {
    to += "  audit       " + std::string(check_balance(*run.audit).empty() ? "balanced" : "OUT OF BALANCE") +
          "; " + grouped(run.audit->order_count) + " orders in the shop:";
    for (const auto& [status, count] : run.audit->orders_by_status)
      to += " " + grouped(count) + " " + status + ",";
    to += " durable up to event " + grouped(run.audit->durable_sequence) + "\n";
  }
  for (const std::string& text : counts.violations) to += "  BROKEN      " + text + "\n";
  if (counts.violation_count > counts.violations.size()) {
    to += "  BROKEN      and " + grouped(counts.violation_count - counts.violations.size()) + " more\n";
  }
}

json::object counts_json(const tally::by_outcome& counts) {
  json::object object;
  for (const outcome code : all_outcomes()) {
    const std::string_view name = to_string(code);
    if (count_of(counts, code) > 0) object[{name.data(), name.size()}] = count_of(counts, code);
  }
  return object;
}

json::object latency_json(const histogram& of) {
  json::object object{{"count", of.count()}};
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    object[std::string(quantile_names[i]) + "_ns"] = of.at(quantiles[i]);
  }
  object["max_ns"] = of.max_ns();
  return object;
}

json::object sale_json(const sale_info& sale) {
  json::array items;
  for (const item_info& item : sale.items) {
    items.push_back(json::object{{"sku", to_integer(item.sku)},
                                 {"total", item.total},
                                 {"available", item.available},
                                 {"held", item.held},
                                 {"sold", item.sold}});
  }
  return {{"id", std::to_string(to_integer(sale.id))}, {"title", sale.title}, {"items", std::move(items)}};
}

json::object crowd_json(const run_result& run) {
  return {{"buyers", run.crowd.buyers},
          {"rate_per_s", run.crowd.rate_per_s},
          {"loop", run.crowd.rate_per_s > 0 ? "open" : "closed"},
          {"connections", run.connections},
          {"seed", run.crowd.seed},
          {"quantity", run.crowd.quantity},
          {"pay_percent", run.crowd.pay_percent},
          {"give_up_percent", run.crowd.give_up_percent},
          {"duplicate_percent", run.crowd.duplicate_percent},
          {"patient_percent", run.crowd.patient_percent}};
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ' ');
  return text;
}

std::string milliseconds(std::uint64_t ns) {
  const std::uint64_t us = ns / 1'000;
  const std::string fraction = std::to_string(1'000 + us % 1'000).substr(1);
  return grouped(us / 1'000) + "." + fraction;
}

std::string to_text(const run_result& run, const tally& counts) {
  std::string text;
  add_head(text, run, counts);
  add_counts(text, "reserve", counts.reserves);
  add_counts(text, "reserve, sent twice", counts.duplicates);
  add_counts(text, "payment", counts.payments);
  add_counts(text, "cancel", counts.cancels);
  add_trouble(text, counts);
  text +=
      "\n  latency, ms                   count       p50       p90       p99     p99.9    p99.99       max\n";
  add_latency(text, "reserve, accepted", counts.accepted);
  add_latency(text, "reserve, refused", counts.refused);
  add_latency(text, "payment", counts.paid);
  add_latency(text, "left late by", counts.lag);
  text += "\n";
  add_stock(text, run);
  add_checks(text, run, counts);
  return text;
}

std::string to_json(const run_result& run, const tally& counts) {
  json::object unexpected;
  for (const auto& [status, count] : counts.unexpected) unexpected[std::to_string(status)] = count;
  json::array violations;
  for (const std::string& each : counts.violations) violations.emplace_back(each);
  json::object document{{"crowd", crowd_json(run)},
                        {"sale", sale_json(run.sale)},
                        {"elapsed_ns", run.elapsed_ns},
                        {"interrupted", run.interrupted},
                        {"arrived", counts.arrived},
                        {"came_back", counts.came_back},
                        {"answers", json::object{{"reserve", counts_json(counts.reserves)},
                                                 {"duplicate", counts_json(counts.duplicates)},
                                                 {"payment", counts_json(counts.payments)},
                                                 {"cancel", counts_json(counts.cancels)}}},
                        {"latency", json::object{{"accepted", latency_json(counts.accepted)},
                                                 {"refused", latency_json(counts.refused)},
                                                 {"payment", latency_json(counts.paid)},
                                                 {"lag", latency_json(counts.lag)}}},
                        {"acknowledged", counts.acknowledged.size()},
                        {"acknowledged_paid", counts.acknowledged_with(fate::paid)},
                        {"replays", counts.replays},
                        {"retries", counts.retries},
                        {"network_errors", counts.network_errors},
                        {"unanswered_reserves", counts.unanswered_reserves},
                        {"unanswered_others", counts.unanswered_others},
                        {"unexpected", std::move(unexpected)},
                        {"violation_count", counts.violation_count},
                        {"violations", std::move(violations)}};
  if (run.orders_verified) {
    document["verified"] =
        json::object{{"reservations", *run.reservations_verified}, {"orders", *run.orders_verified}};
  }
  if (run.audit) {
    document["audit"] = json::object{{"balanced", check_balance(*run.audit).empty()},
                                     {"orders", run.audit->order_count},
                                     {"orders_paid", run.audit->orders("paid")},
                                     {"durable_sequence", run.audit->durable_sequence}};
  }
  return json::serialize(document) + "\n";
}

}  // namespace seckill::crowd
