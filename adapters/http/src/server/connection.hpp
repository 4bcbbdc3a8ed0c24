#pragma once

#include "client_address.hpp"
#include "deadlines.hpp"
#include "entry.hpp"
#include "event_hub.hpp"
#include "exchange.hpp"
#include "readiness_set.hpp"
#include "request_reader.hpp"
#include "stream_socket.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace seckill::inline v1::http {

class worker;

using in_registry =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class connection>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

using in_reserve =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct reserve_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One client's connection: a state machine that is stepped by readiness, answers and deadlines.
///
/// Requests are taken from the bytes as they come and stand in a line until they are answered; responses
/// leave in the order of the line, all that are ready in one write. An idle connection owns no buffer: it
/// borrows a reader while a request is coming in, and keeps unsent bytes only when the client does not take
/// them.
///
/// Threads: its worker's. Lifetime: deletes itself at the end of a step in which it is closed and its line is
/// empty; so each step ends with settle(), after which `this` may be gone.
class connection final : public in_registry, public in_reserve, public has_deadline, public watched {
 public:
  connection(worker& home, stream_socket socket, entry as);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() = default;

  // Steps.
  void start();
  /// On the reserve: says 503 and closes, unless a request has begun.
  void refuse_if_silent();
  /// On the reserve: ends now, unless a request is being answered; then false.
  bool evict();
  void on_ready() override;
  /// Something in the line has become ready.
  void answered();
  void expire();
  /// Ends as soon as what was asked is answered.
  void drain();
  /// Ends now.
  void cut();
  /// Sends a piece of an event stream; a client that lags too far behind is cut. REQUIRES: stream().
  void push(std::string_view piece);
  /// The same for a change of an order, which waits until the orders of before are told.
  void push_order(std::string_view event);

  // For the handler of the request being taken.
  /// Puts an exchange at the end of the line; whoever fills it says answered().
  exchange& put_in_line(route which);
  /// Answers at once if nothing is before it in the line.
  void respond(route which, text_response& response);
  void respond(route which, const answer& reply);
  /// Becomes an event stream at its turn. No more requests are taken.
  void stream_from(const query& asked, stream_shares::seat seat);

  [[nodiscard]] entry came_by() const noexcept { return entry_; }
  [[nodiscard]] std::chrono::steady_clock::time_point came_at() const noexcept { return came_at_; }
  /// Whose rate a request counts against (client_key()).
  [[nodiscard]] std::uint64_t client_of(const request& from) const;
  [[nodiscard]] const client_peer& peer() const noexcept { return peer_; }
  /// Of an event stream: what it was asked for.
  [[nodiscard]] const stream_state* stream() const noexcept { return stream_.get(); }
  /// Worker's mark: answers came for it in this turn.
  bool touched = false;

 private:
  [[nodiscard]] bool join();
  void receive();
  void discard();
  void advance();
  void take_requests();
  void take_current();
  void refuse_with(const problem& what);
  void refuse_for_room();
  void render_ready();
  void render(exchange& front);
  void begin_stream(exchange& front);
  void tell_orders(const text_response& told);
  void flush();
  void send_on();
  std::size_t send(std::string_view first, std::string_view second);
  void finish();
  void close() noexcept;
  void settle();
  [[nodiscard]] bool count_unsent();
  void update_deadline();
  [[nodiscard]] bool takes_requests() const noexcept;
  [[nodiscard]] bool wants_bytes() const noexcept;
  [[nodiscard]] bool all_sent() const noexcept { return unsent_.empty() && unsent_shared_.empty(); }
  [[nodiscard]] bool last_response(const exchange* next) const noexcept { return ending_ && next == nullptr; }

  worker& home_;
  stream_socket socket_;
  const entry entry_;
  const std::chrono::steady_clock::time_point came_at_;
  std::unique_ptr<request_reader> reader_;
  exchange* first_ = nullptr;  ///< the line
  exchange* last_ = nullptr;
  std::string unsent_;                ///< what the socket did not take
  std::string_view unsent_shared_{};  ///< behind it: bytes that outlive the server
  std::size_t counted_ = 0;           ///< of them, in the server's sum
  std::size_t taken_by_peer_ = 0;     ///< of what is unsent, since the deadline was set
  std::uint32_t in_line_ = 0;
  std::uint32_t requests_ = 0;
  std::uint32_t discarded_ = 0;                                ///< bytes received while closing
  bool asked_head_ = false;                                    ///< the request being taken is a HEAD
  bool asked_http_1_0_ = false;                                ///< it speaks HTTP/1.0
  precondition_result asked_if_ = precondition_result::holds;  ///< of a GET or HEAD, without an entity tag
  bool peer_done_ = false;                                     ///< it sends no more
  bool ending_ = false;      ///< no more requests are taken; closes after the line
  bool impolite_ = false;    ///< it may still be sending what will not be read: close gently
  bool stalled_ = false;     ///< requests wait until responses are sent
  bool progressed_ = false;  ///< a request was taken in this step
  bool closing_ = false;     ///< our side is shut; waits for theirs
  bool closed_ = false;
  client_peer peer_;
  std::unique_ptr<stream_state> stream_;
};

}  // namespace seckill::inline v1::http
