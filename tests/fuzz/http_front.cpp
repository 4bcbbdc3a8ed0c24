#include "tests/fuzz/http_front.hpp"

#include "api/outcome_status.hpp"
#include "api/render_answer.hpp"
#include "api/render_views.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/support/open_recovered.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

namespace seckill::testing {
namespace {

engine_params small_engine() {
  engine_params params;
  params.ledger.stock_max = 100;
  params.ledger.remembered_max = 16;
  params.ledger.tombstones_max = 4;
  params.ledger.operator_requests_max = 16;
  params.ledger.sales_max = 4;
  params.ledger.items_per_sale_max = 4;
  params.ledger.tombstone_ttl_ms = 1'000;
  params.ring_capacity = 8;
  params.batch_max = 4;
  params.batches_in_flight_max = 2;
  return params;
}

std::string_view field(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(name);
  require(at != head.npos, "the response has the field", name);
  const std::string_view rest = head.substr(at + name.size());
  return rest.substr(0, rest.find("\r\n"));
}

struct parts {
  int status = 0;
  std::string_view head;
  std::string_view body;
};

// A response as a client reads it: framing, status and body must fit each other.
parts take_apart(std::string_view response, const http::framing& frame) {
  require(response.starts_with("HTTP/1."), "it is a response", response);
  const std::size_t end = response.find("\r\n\r\n");
  require(end != response.npos, "the head ends", response);
  parts found{0, response.substr(0, end + 2), response.substr(end + 4)};
  std::from_chars(response.data() + 9, response.data() + 12, found.status);
  require(http::status_phrase(found.status) != "Unknown", "the status is one of ours", response);
  std::size_t size = 0;
  const std::string_view length = field(found.head, "Content-Length: ");
  std::from_chars(length.data(), length.data() + length.size(), size);
  require(frame.head ? found.body.empty() : found.body.size() == size, "the body is as long as it says",
          response);
  return found;
}

boost::json::value parsed(std::string_view body) {
  boost::json::error_code failed;
  auto document = boost::json::parse(boost::json::string_view(body.data(), body.size()), failed);
  require(!failed, "the body is JSON", body);
  return document;
}

void require_answer(const parts& response, const answer& reply, http::route which) {
  require(response.status == http::status_of(reply, which), "the status is the outcome's", response.head);
  const bool waits = response.status == 503 || response.status == 425 || reply.code == outcome::all_held;
  require(waits == (response.head.find("Retry-After: ") != response.head.npos), "who may retry is told when",
          response.head);
  if (response.body.empty()) return;
  const boost::json::value body = parsed(response.body);
  const auto& named = body.at("outcome").as_string();
  require(outcome_from_string({named.data(), named.size()}) == reply.code, "the body names the outcome",
          response.body);
}

void require_problem(const parts& response, const http::problem& what) {
  require(response.status == what.status && what.status >= 400, "a problem has its status", response.head);
  if (response.body.empty()) return;
  const boost::json::value body = parsed(response.body);
  require(body.at("status").to_number<int>() == what.status && !body.at("title").as_string().empty(),
          "a problem is described", response.body);
}

}  // namespace

http_front::http_front() : params_(small_engine()), journal_(open_memory_journal().value()) {
  auto start = open_recovered(*journal_, {.bounds = params_.ledger});
  require(start.has_value(), "an empty journal opens");
  shard_ = std::make_unique<shard>(params_, *journal_,
                                   shard::start{std::move(start->state), test_fleet, start->last}, counters_);
  const auto sale = sale_of({{1, 5}, {2, 5}}, 4);
  require(decide(create_sale_command{{1, 1}, {}, sale}).sale == sale_id{1}, "there is a sale");
}

void http_front::turn() {
  shard_->apply_turn(now_);
  while (shard_->commit_turn()) {
  }
}

void http_front::pass(time_ms duration) {
  now_ += duration;
  turn();
}

answer http_front::decide(const command& what) {
  if (const auto* reserve = std::get_if<reserve_command>(&what))
    if (const auto refusal = shard_->board().refuse(*reserve, now_)) return *refusal;
  struct waiting {
    std::optional<answer> reply;
    static void done(void* context, const answer& reply) noexcept {
      static_cast<waiting*>(context)->reply = reply;
    }
  } mine;
  const submission one{what, {&waiting::done, &mine}, durability::synced};
  const submission* const pointer = &one;
  require(shard_->submit({&pointer, 1}).count == 1, "there is room");
  turn();
  require(mine.reply.has_value(), "it is answered");
  return *mine.reply;
}

void http_front::read(std::function<void(const ledger&)> look) {
  bool seen = false;
  auto question = std::make_unique<read_request>(
      read_request{std::move(look), [&](outcome code) { seen = code == outcome::applied; }});
  require(shard_->submit(question), "there is room");
  turn();
  require(seen, "it is answered");
}

std::string http_front::answer_command(http::route which, command&& what, const http::framing& frame) {
  const answer reply = decide(what);
  std::string out;
  std::string body;
  http::append_answer(out, reply, which, now_, frame, body);
  const parts response = take_apart(out, frame);
  require_answer(response, reply, which);
  if (reply.sale == sale_id{}) return out;
  const auto shown = shard_->board().find_sale(reply.sale);
  require(shown.has_value(), "what an answer tells of is shown");
  body.clear();
  http::render_sale(body, *shown, now_);
  parsed(body);
  return out;
}

std::string http_front::answer_query(http::route which, const http::query& asked,
                                     const http::framing& frame) {
  http::text_response text;
  const auto show_sale = [&](sale_id sale) {
    if (const auto shown = shard_->board().find_sale(sale)) http::render_sale(text.body, *shown, now_);
  };
  const auto show_reservation = [&](const ledger& books) {
    if (const auto known = books.find(reservation_id{asked.id}))
      http::render_reservation(text.body, *known, now_);
  };
  if (which == http::route::sale) show_sale(sale_id{asked.id});
  if (which == http::route::time) http::render_time(text.body, now_);
  if (which == http::route::reservation) read(show_reservation);
  if (text.body.empty()) text.body = "{}";
  parsed(text.body);
  std::string out;
  http::append_response(out, text, frame);
  return out;
}

int http_front::respond(const http::request& from, const http::framing& frame) {
  http::plan planned = http::plan_request(from, {.operator_token = token, .items_per_sale_max = 4}, tape_);
  if (auto* what = std::get_if<command>(&planned.what))
    return take_apart(answer_command(planned.which, std::move(*what), frame), frame).status;
  if (const auto* asked = std::get_if<http::query>(&planned.what))
    return take_apart(answer_query(planned.which, *asked, frame), frame).status;
  const auto& wrong = std::get<http::problem>(planned.what);
  http::text_response text;
  http::set_problem(text, wrong);
  std::string out;
  http::append_response(out, text, frame);
  const parts response = take_apart(out, frame);
  require_problem(response, wrong);
  return response.status;
}

void http_front::require_sound() {
  std::uint64_t hash = 0;
  read([&](const ledger& books) {
    const auto faults = books.audit();
    require(faults.empty(), "the ledger is sound", faults.empty() ? "" : faults.front());
    hash = books.state_hash();
  });
  const auto again = recover(*journal_, {.bounds = params_.ledger});
  require(again.has_value(), "the journal can be read", again ? "" : again.error().text);
  require(again->state.state_hash() == hash, "the journal holds the same state");
}

}  // namespace seckill::testing
