#include "connection.hpp"

#include "../api/event_text.hpp"
#include "../api/outcome_status.hpp"
#include "../api/render_answer.hpp"
#include "lookups.hpp"
#include "request_handler.hpp"
#include "server_context.hpp"
#include "worker.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace seckill::inline v1::http {
namespace {

using boost::asio::const_buffer;

/// Responses gathered for one write; beyond, requests wait until the client has taken some.
constexpr std::size_t gathered_max = 128 * 1024;
/// A client that takes this much has its write deadline set anew.
constexpr std::size_t write_progress = 16 * 1024;
/// What is read and thrown away while a connection closes.
constexpr std::uint32_t discarded_max = 256 * 1024;

constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

connection::connection(worker& home, socket_type socket) : home_(home), socket_(std::move(socket)) {}

void connection::start() {
  error_code failed;
  socket_.non_blocking(true, failed);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), failed);
  const auto peer = socket_.remote_endpoint(failed);
  if (!failed) peer_ = find_peer(peer.address(), home_.server.guards.trusted());
  if (failed) close();
  settle();
}

void connection::refuse() {
  error_code failed;
  socket_.non_blocking(true, failed);
  problem what;
  what.status = 503;
  what.detail = "the server has as many connections as it takes; retry";
  what.retry_after_s = 1;
  refuse_with(what);
  advance();
  settle();
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
  error_code ignored;  // it closes in any case
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
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

void connection::stream_from(const query& asked) {
  ending_ = true;
  exchange& added = put_in_line(route::events);
  added.as = exchange::form::stream;
  added.asked = asked;
  added.ready = true;
  render_ready();
}

void connection::on_readable(error_code failed) {
  read_armed_ = false;
  if (closed_) return settle();
  home_.look_at_clock();
  if (failed) return cut();
  if (closing_ || stream_) {
    discard();
  } else {
    receive();
    advance();
  }
  settle();
}

void connection::on_writable(error_code failed) {
  write_armed_ = false;
  if (closed_) return settle();
  home_.look_at_clock();
  if (failed) return cut();
  send_on();
  if (all_sent()) advance();
  settle();
}

void connection::receive() {
  if (!reader_) reader_ = home_.borrow_reader();
  const auto space = reader_->space();
  error_code failed;
  const std::size_t size = socket_.read_some(boost::asio::buffer(space.data(), space.size()), failed);
  if (failed == boost::asio::error::would_block) return;
  if (failed == boost::asio::error::eof) {
    peer_done_ = true;
  } else if (failed) {
    close();
  } else {
    reader_->received(size);
  }
}

void connection::discard() {
  std::array<char, 4096> unread;
  error_code failed;
  const std::size_t size = socket_.read_some(boost::asio::buffer(unread), failed);
  if (failed == boost::asio::error::would_block) return;
  discarded_ += static_cast<std::uint32_t>(size);
  if (failed || discarded_ > discarded_max) close();
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
  asked_head_ = reader_->current().method == verb::head;
  asked_http_1_0_ = reader_->http_1_0();
  ending_ = !reader_->keep_alive();
  const bool worn_out = ++requests_ >= home_.server.params.requests_per_connection_max;
  if (worn_out || home_.server.draining.load(std::memory_order_relaxed)) {
    ending_ = impolite_ = true;  // the client could not know
  }
  handle_request(home_, *this, reader_->current());
}

/// The last response of a connection whose bytes cannot be read on.
void connection::refuse_with(const problem& what) {
  ending_ = impolite_ = true;
  asked_head_ = asked_http_1_0_ = false;
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
      append_answer(home_.out, front.reply, front.which, home_.server.services.time->now_ms(), frame,
                    home_.body);
      break;
    case exchange::form::text:
      status = front.text.status;
      append_response(home_.out, front.text, frame);
      if (!front.head) unsent_shared_ = front.text.shared_body;
      break;
    case exchange::form::stream:
      begin_stream(front.asked);
      break;
    case exchange::form::orders:
      return tell_orders(front.text);
  }
  home_.note(front.which, status, home_.now() - front.started);
}

void connection::begin_stream(const query& asked) {
  stream_ = std::make_unique<stream_state>();
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

/// Sends what was gathered, and keeps what the socket does not take.
void connection::flush() {
  std::string& out = home_.out;
  if (out.empty() || closed_) return out.clear();
  assert(unsent_.empty());
  error_code failed;
  const std::size_t sent =
      unsent_shared_.empty()
          ? socket_.write_some(boost::asio::buffer(out), failed)
          : socket_.write_some(std::array{const_buffer(out.data(), out.size()),
                                          const_buffer(unsent_shared_.data(), unsent_shared_.size())},
                               failed);
  if (failed && failed != boost::asio::error::would_block) {
    close();
  } else if (sent < out.size()) {
    unsent_.assign(out, sent);
  } else {
    unsent_shared_.remove_prefix(sent - out.size());
  }
  out.clear();
}

void connection::send_on() {
  error_code failed;
  const std::array pieces{const_buffer(unsent_.data(), unsent_.size()),
                          const_buffer(unsent_shared_.data(), unsent_shared_.size())};
  const std::size_t sent = socket_.write_some(pieces, failed);
  if (failed == boost::asio::error::would_block) return;
  if (failed) return close();
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
  error_code failed;
  socket_.shutdown(socket_type::shutdown_send, failed);
  if (failed) return close();
  closing_ = true;
}

void connection::close() noexcept {
  if (closed_) return;
  closed_ = true;
  error_code ignored;  // the descriptor is gone in any case
  socket_.close(ignored);
  unsent_.clear();
  unsent_shared_ = {};
  if (reader_) home_.return_reader(std::move(reader_));
  if (stream_) home_.streams().remove(*this);
}

bool connection::wants_bytes() const noexcept {
  if (closing_ || stream_) return !peer_done_;
  return !peer_done_ && !ending_ && !stalled_ && all_sent() && in_line_ < home_.server.params.pipeline_max;
}

void connection::arm() {
  if (!read_armed_ && wants_bytes()) {
    read_armed_ = true;
    socket_.async_wait(socket_type::wait_read, [this](error_code failed) { on_readable(failed); });
  }
  if (!write_armed_ && !all_sent()) {
    write_armed_ = true;
    socket_.async_wait(socket_type::wait_write, [this](error_code failed) { on_writable(failed); });
  }
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

void connection::settle() {
  if (!closed_ && !closing_ && !stream_ && first_ == nullptr && all_sent() && (ending_ || peer_done_))
    finish();
  if (closed_) {
    render_ready();
    home_.time_limits.set(*this, patience::none, home_.now());
    if (!read_armed_ && !write_armed_ && first_ == nullptr) home_.forget(*this);
    return;
  }
  if (reader_ && reader_->idle() && first_ == nullptr) home_.return_reader(std::move(reader_));
  update_deadline();
  arm();
}

}  // namespace seckill::inline v1::http
