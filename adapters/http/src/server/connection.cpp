#include "connection.hpp"

#include "../api/event_text.hpp"
#include "../api/outcome_status.hpp"
#include "../api/render_answer.hpp"
#include "../api/standing.hpp"
#include "lookups.hpp"
#include "request_handler.hpp"
#include "server_context.hpp"
#include "worker.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace seckill::inline v1::http {
namespace {

/// Responses gathered for one write; beyond, requests wait until the client has taken some.
constexpr std::size_t gathered_max = 128 * 1024;
/// A client that takes this much has its write deadline set anew.
constexpr std::size_t write_progress = 16 * 1024;
/// What is read and thrown away while a connection closes.
constexpr std::uint32_t discarded_max = 256 * 1024;

constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

connection::connection(worker& home, stream_socket socket, entry as)
    : home_(home), socket_(std::move(socket)), entry_(as), came_at_(home.now()) {}

bool connection::join() { return home_.readiness().add(socket_.descriptor(), *this); }

void connection::start() {
  const auto peer = socket_.peer();
  if (peer) peer_ = find_peer(*peer, home_.server.guards.trusted());
  if (!peer || !socket_.send_at_once() || !join()) close();
  settle();
}

void connection::refuse_if_silent() {
  if (first_ != nullptr || closing_ || (reader_ && !reader_->idle())) return;
  refuse_for_room();
  advance();
  settle();
}

bool connection::evict() {
  if (first_ != nullptr) return false;
  if (!closing_) {
    refuse_for_room();
    advance();
  }
  close();
  settle();
  return true;
}

void connection::refuse_for_room() {
  home_.server.refused_connections.fetch_add(1, std::memory_order_relaxed);
  home_.server.log.write(frequent::connection_refused, log_level::warning,
                         "event=connection_refused reason=connections_max");
  problem what;
  what.status = 503;
  what.detail = "the server has as many connections as it takes; retry";
  what.retry_after_s = 1;
  refuse_with(what);
}

void connection::answered() {
  advance();
  settle();
}

void connection::expire() {
  const patience over = waiting_for();
  const bool partial = reader_ && !reader_->idle();
  if ((over == patience::head || over == patience::body) && partial) {
    problem what;
    what.status = 408;
    what.detail = "the request did not come in time";
    refuse_with(what);
    advance();
  } else if (over == patience::write) {
    cut();
    return;
  } else {
    close();
  }
  settle();
}

void connection::drain() {
  if (stream_) close();
  const bool partial = reader_ && !reader_->idle();
  if (!partial) ending_ = true;  // a request that is coming in ends it later
  settle();
}

void connection::cut() {
  socket_.cut_when_closed();
  close();
  settle();
}

void connection::push(std::string_view piece) {
  assert(stream_);
  if (unsent_.empty()) {
    home_.out.assign(piece);
    flush();
  } else if (unsent_.size() + piece.size() <= home_.server.params.stream_buffer_max) {
    unsent_ += piece;
  } else {
    home_.server.log.write(frequent::stream_dropped, log_level::warning, "event=stream_dropped reason=slow");
    cut();
    return;
  }
  settle();
}

void connection::push_order(std::string_view event) {
  if (!stream_->orders_asked) return push(event);
  if (stream_->later.size() + event.size() > home_.server.params.stream_buffer_max) return cut();
  stream_->later += event;
}

exchange& connection::put_in_line(route which) {
  exchange& added = home_.new_exchange();
  added.owner = this;
  added.which = which;
  added.started = home_.now();
  added.http_1_0 = asked_http_1_0_;
  added.head = asked_head_;
  added.condition = asked_if_;
  (last_ == nullptr ? first_ : last_->next) = &added;
  last_ = &added;
  ++in_line_;
  return added;
}

void connection::respond(route which, text_response& response) {
  exchange& added = put_in_line(which);
  added.as = exchange::form::text;
  added.ready = true;
  std::swap(added.text, response);
  render_ready();
}

void connection::respond(route which, const answer& reply) {
  exchange& added = put_in_line(which);
  added.reply = reply;
  added.ready = true;
  render_ready();
}

std::uint64_t connection::client_of(const request& from) const {
  return client_key(peer_, from.forwarded_for, home_.server.guards.trusted());
}

void connection::stream_from(const query& asked, stream_shares::seat seat) {
  ending_ = true;
  exchange& added = put_in_line(route::events);
  added.as = exchange::form::stream;
  added.seat = std::move(seat);
  added.asked = asked;
  added.ready = true;
  render_ready();
}

void connection::on_ready() {
  home_.look_at_clock();
  if (writable_ && !all_sent()) {
    send_on();
    if (all_sent()) advance();
  }
  if (readable_ && !closed_ && wants_bytes()) {
    if (closing_ || stream_) {
      discard();
    } else {
      receive();
      advance();
    }
  }
  settle();
}

/// Less than there was room for is all there was: looking again would be a system call for nothing. If the peer
/// hung up, its end comes behind the bytes.
void connection::receive() {
  if (!reader_) reader_ = home_.borrow_reader();
  const auto space = reader_->space();
  const auto got = socket_.receive(space);
  readable_ = !got.blocked && (got.size == space.size() || hung_up_);
  if (got.failed) return close();
  if (got.blocked) return;
  if (got.size == 0) {
    peer_done_ = true;
  } else {
    reader_->received(got.size);
  }
}

void connection::discard() {
  std::array<char, 4096> unread;
  const auto got = socket_.receive(unread);
  readable_ = !got.blocked && (got.size == unread.size() || hung_up_);
  if (got.blocked) return;
  discarded_ += static_cast<std::uint32_t>(got.size);
  if (got.failed || got.size == 0 || discarded_ > discarded_max) close();
}

void connection::advance() {
  do {
    stalled_ = false;
    render_ready();
    take_requests();
    flush();
  } while (!closed_ && all_sent() && (stalled_ || (first_ != nullptr && first_->ready)));
}

void connection::take_requests() {
  while (reader_ && !closed_ && !ending_ && in_line_ < home_.server.params.pipeline_max) {
    if (!all_sent() || home_.out.size() >= gathered_max) {
      stalled_ = true;
      return;
    }
    switch (reader_->next()) {
      case request_reader::progress::need_more:
        if (first_ == nullptr && reader_->take_expectation()) home_.out += continue_response;
        return;
      case request_reader::progress::refused:
        refuse_with(reader_->refusal());
        return;
      case request_reader::progress::complete:
        take_current();
    }
  }
}

void connection::take_current() {
  progressed_ = true;
  const request& asked = reader_->current();
  asked_head_ = asked.method == verb::head;
  asked_http_1_0_ = reader_->http_1_0();
  const bool reads = asked_head_ || asked.method == verb::get;
  asked_if_ = reads ? evaluate(asked.conditions, {}) : precondition_result::holds;
  ending_ = !reader_->keep_alive();
  const bool worn_out = ++requests_ >= home_.server.params.requests_per_connection_max;
  if (worn_out || home_.server.draining.load(std::memory_order_relaxed)) {
    ending_ = impolite_ = true;  // the client could not know
  }
  if (entry_ == entry::reserve) {
    if (standing_of(asked, home_.server.planning) == standing::crowd) return refuse_for_room();
    ending_ = true;  // the next who needs it gets it
  }
  handle_request(home_, *this, asked);
}

/// The last response of a connection whose bytes cannot be read on.
void connection::refuse_with(const problem& what) {
  ending_ = impolite_ = true;
  asked_head_ = reader_ && reader_->asks_head();
  asked_http_1_0_ = false;
  asked_if_ = precondition_result::holds;
  set_problem(home_.scratch, what);
  respond(route::none, home_.scratch);
}

void connection::render_ready() {
  while (first_ != nullptr && first_->ready) {
    if (!closed_ && (!all_sent() || home_.out.size() >= gathered_max)) return;
    exchange& front = *first_;
    if (!closed_) render(front);
    first_ = front.next;
    if (first_ == nullptr) last_ = nullptr;
    --in_line_;
    home_.drop_exchange(front);
  }
}

void connection::render(exchange& front) {
  const framing frame{home_.date(), !last_response(front.next), front.http_1_0, front.head};
  if (front.created) present_created_sale(home_, front);
  int status = 200;
  switch (front.as) {
    case exchange::form::answer:
      status = status_of(front.reply, front.which);
      append_answer(home_.out, front.reply, front.which, home_.server.services.sales->now_ms(), frame,
                    home_.body);
      break;
    case exchange::form::text:
      apply(front.condition, front.text);
      status = front.text.status;
      append_response(home_.out, front.text, frame);
      if (!front.head) unsent_shared_ = front.text.shared_body;
      break;
    case exchange::form::stream:
      begin_stream(front);
      break;
    case exchange::form::orders:
      return tell_orders(front.text);
  }
  home_.note(front.which, status, home_.now() - front.started);
}

void connection::begin_stream(exchange& front) {
  const query& asked = front.asked;
  stream_ = std::make_unique<stream_state>();
  stream_->seat = std::move(front.seat);
  stream_->sale = sale_id{asked.sale};
  stream_->buyer = buyer_id{asked.buyer};
  append_stream_head(home_.out, home_.date());
  home_.streams().append_state(home_.out, stream_->sale);
  home_.streams().add(*this);
  if (asked.buyer == 0 || home_.server.services.orders == nullptr) return;
  stream_->orders_asked = true;
  look_up(home_.server, route::events, asked, put_in_line(route::events));
}

void connection::tell_orders(const text_response& told) {
  if (told.status != 200) return close();  // the client connects again
  home_.out += told.body;
  home_.out += std::exchange(stream_->later, {});
  stream_->orders_asked = false;
}

/// What the socket took; less than all means that it will say when it takes more.
std::size_t connection::send(std::string_view first, std::string_view second) {
  const auto sent = socket_.send(first, second);
  if (sent.failed) {
    close();
  } else {
    writable_ = sent.size == first.size() + second.size();
  }
  return sent.size;
}

/// Sends what was gathered, and keeps what the socket does not take.
void connection::flush() {
  std::string& out = home_.out;
  if (out.empty() || closed_) return out.clear();
  assert(unsent_.empty());
  const std::size_t sent = send(out, unsent_shared_);
  if (sent < out.size()) {
    if (!closed_) unsent_.assign(out, sent);
  } else {
    unsent_shared_.remove_prefix(sent - out.size());
  }
  out.clear();
}

void connection::send_on() {
  const std::size_t sent = send(unsent_, unsent_shared_);
  if (closed_) return;
  taken_by_peer_ += sent;
  const std::size_t of_unsent = std::min(sent, unsent_.size());
  unsent_.erase(0, of_unsent);
  unsent_shared_.remove_prefix(sent - of_unsent);
  if (unsent_.empty()) std::string().swap(unsent_);
}

/// Shuts our side. If unread bytes may be on their way, theirs is awaited: a reset would take the response
/// with it.
void connection::finish() {
  const bool unread = reader_ && !reader_->idle();
  if (peer_done_ || (!impolite_ && !unread)) return close();
  if (!socket_.shut_down()) return close();
  closing_ = true;
}

void connection::close() noexcept {
  if (closed_) return;
  closed_ = true;
  socket_.close();
  unsent_.clear();
  unsent_shared_ = {};
  if (reader_) home_.return_reader(std::move(reader_));
  if (stream_) home_.streams().remove(*this);
}

bool connection::wants_bytes() const noexcept {
  if (closing_ || stream_) return !peer_done_;
  return !peer_done_ && !ending_ && !stalled_ && all_sent() && in_line_ < home_.server.params.pipeline_max;
}

void connection::update_deadline() {
  patience wanted = requests_ == 0 ? patience::head : patience::idle;
  bool anew = progressed_;
  if (closing_) {
    wanted = patience::close;
  } else if (!all_sent()) {
    wanted = patience::write;
    anew = taken_by_peer_ >= write_progress;
  } else if (stream_ || first_ != nullptr) {
    wanted = patience::none;
  } else if (reader_ && !reader_->idle()) {
    wanted = reader_->in_body() ? patience::body : patience::head;
  }
  progressed_ = false;
  if (wanted == waiting_for() && !anew) return;
  taken_by_peer_ = 0;
  home_.time_limits.set(*this, wanted, home_.now());
}

/// False if all clients together leave too much unread and this one has just left more.
bool connection::count_unsent() {
  const std::size_t now = unsent_.size();
  if (now == counted_) return true;
  const bool more = now > counted_;
  const std::size_t change = now - std::exchange(counted_, now);  // may wrap, as the sum does then
  return home_.server.unsent.fetch_add(change) + change <= home_.server.params.unsent_max || !more;
}

void connection::settle() {
  if (!count_unsent()) {
    home_.server.log.write(frequent::client_cut, log_level::warning, "event=client_cut reason=unsent_max");
    return cut();
  }
  if (!closed_ && !closing_ && !stream_ && first_ == nullptr && all_sent() && (ending_ || peer_done_))
    finish();
  if (closed_) {
    render_ready();
    home_.time_limits.set(*this, patience::none, home_.now());
    if (first_ == nullptr) home_.forget(*this);
    return;
  }
  if (reader_ && reader_->idle() && first_ == nullptr) home_.return_reader(std::move(reader_));
  update_deadline();
  if (readable_ && wants_bytes()) home_.readiness().step_again(*this);
}

}  // namespace seckill::inline v1::http
