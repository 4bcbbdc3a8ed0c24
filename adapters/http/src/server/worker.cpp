#include "worker.hpp"

#include "admission.hpp"
#include "server_context.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace seckill::inline v1::http {
namespace {

using std::chrono::milliseconds;

/// Submissions given to the engine at once.
constexpr std::size_t gathered_commands_max = 512;
/// Readers kept for the next requests; more are freed.
constexpr std::size_t spare_readers_max = 64;
/// Bytes that an unused string may keep.
constexpr std::size_t spare_string_max = 16 * 1024;
/// How long a connection on the reserve may say nothing: a request follows the handshake at once.
constexpr milliseconds reserve_patience{100};
/// How long a client is given to see that we closed.
constexpr milliseconds close_timeout{2'000};
/// How many expired connections end in one tick: the loop must go on.
constexpr int expired_max = 1'000;

deadlines::timeouts timeouts_of(const http_server_params& params) {
  return {milliseconds(0),
          milliseconds(params.idle_timeout_ms),
          milliseconds(params.head_timeout_ms),
          milliseconds(params.body_timeout_ms),
          milliseconds(params.write_timeout_ms),
          close_timeout};
}

/// Often enough to be late by a quarter of the shortest timeout.
milliseconds tick_of(const http_server_params& params) {
  const std::uint32_t shortest = std::min(
      {params.idle_timeout_ms, params.head_timeout_ms, params.body_timeout_ms, params.write_timeout_ms});
  return milliseconds(std::clamp<std::uint32_t>(shortest / 4, 5, 250));
}

/// Gives the one piece of memory that a wake needs. The mailbox has one wake under way at a time.
template <typename T>
struct one_piece {
  using value_type = T;
  std::byte* memory;
  std::size_t size;

  one_piece(std::byte* at, std::size_t bytes) : memory(at), size(bytes) {}
  template <typename U>
  explicit one_piece(const one_piece<U>& other) : memory(other.memory), size(other.size) {}

  T* allocate([[maybe_unused]] std::size_t count) {
    assert(count * sizeof(T) <= size);
    return reinterpret_cast<T*>(memory);
  }
  void deallocate(T*, std::size_t) noexcept {}
  friend bool operator==(const one_piece& a, const one_piece& b) { return a.memory == b.memory; }
};

void shrink(std::string& spare) {
  if (spare.capacity() > spare_string_max) std::string().swap(spare);
}

}  // namespace

worker::worker(server_context& shared)
    : server(shared),
      time_limits(timeouts_of(shared.params)),
      loop_(1),
      readiness_(loop_, [this] { submit_gathered(); }),
      streams_(shared, loop_),
      busy_(loop_.get_executor()),
      ticker_(loop_.get_executor()),
      reserve_timer_(loop_.get_executor()),
      tick_every_(tick_of(shared.params)),
      mail_(&worker::wake, this) {
  look_at_clock();
  gathered_.reserve(gathered_commands_max);
}

worker::~worker() {
  assert(!thread_.joinable());
  while (!mail_.quiet()) std::this_thread::yield();
}

void worker::run() {
  readiness_.start();
  tick();
  thread_ = std::thread([this] { loop_.run(); });
}

void worker::drain() {
  boost::asio::post(loop_, [this] { for_each_connection([](connection& each) { each.drain(); }); });
}

void worker::cut() {
  boost::asio::post(loop_, [this] { for_each_connection([](connection& each) { each.cut(); }); });
}

void worker::join() {
  boost::asio::post(loop_, [this] {
    assert(connections_.empty());
    ticker_.cancel();
    reserve_timer_.cancel();
    streams_.stop();
    readiness_.stop();
    busy_.reset();
  });
  thread_.join();
}

/// A step may end the connection it is taken on.
template <typename Step>
void worker::for_each_connection(const Step& step) {
  look_at_clock();
  for (auto at = connections_.begin(); at != connections_.end();) step(*at++);
}

void worker::adopt(stream_socket socket, entry as) {
  look_at_clock();
  auto* added = new connection(*this, std::move(socket), as);  // deletes itself through forget()
  connections_.push_back(*added);
  if (as == entry::reserve) {
    make_room_in_reserve();
    if (reserve_.empty()) watch_reserve();
    reserve_.push_back(*added);
  }
  added->start();
}

/// The newest is the likeliest to ask for something: idle connections of a crowd fill the reserve at most for a moment.
void worker::make_room_in_reserve() {
  if (server.connections_of(entry::reserve).load() <= server.params.connections_reserved) return;
  for (connection& each : reserve_) {
    if (each.evict()) return;
  }
}

/// Refuses those on the reserve that ask for nothing.
void worker::watch_reserve() {
  reserve_timer_.expires_after(reserve_patience / 4);
  reserve_timer_.async_wait([this](error_code stopped) {
    if (stopped) return;
    look_at_clock();
    for (auto at = reserve_.begin(); at != reserve_.end();) {
      connection& each = *at++;
      if (each.came_at() + reserve_patience > now_) break;
      each.refuse_if_silent();
    }
    if (!reserve_.empty()) watch_reserve();
  });
}

void worker::forget(connection& gone) {
  server.connections_of(gone.came_by()).fetch_sub(1);
  delete &gone;
  if (server.connections.fetch_sub(1) != 1 || !server.draining) return;
  const std::lock_guard lock(server.emptying);
  server.emptied.notify_all();
}

exchange& worker::new_exchange() {
  if (unused_exchanges_ == nullptr) {
    unused_exchanges_ = exchanges_.emplace_back(std::make_unique<exchange>()).get();
    unused_exchanges_->home = this;
  }
  exchange& taken = *unused_exchanges_;
  unused_exchanges_ = taken.next;
  taken.next = nullptr;
  return taken;
}

void worker::drop_exchange(exchange& done) {
  done.owner = nullptr;
  done.ready = false;
  done.as = exchange::form::answer;
  done.created.reset();
  done.seat = {};
  shrink(done.text.body);
  done.next = unused_exchanges_;
  unused_exchanges_ = &done;
}

std::unique_ptr<request_reader> worker::borrow_reader() {
  if (readers_.empty()) return std::make_unique<request_reader>(server.bounds);
  auto reader = std::move(readers_.back());
  readers_.pop_back();
  return reader;
}

void worker::return_reader(std::unique_ptr<request_reader> reader) {
  if (readers_.size() >= spare_readers_max) return;
  reader->reset();
  readers_.push_back(std::move(reader));
}

void worker::submit(command what, exchange& asking) {
  gathered_.push_back({std::move(what), {&worker::on_answer, &asking}, {}});
  if (gathered_.size() < gathered_commands_max) return;
  server.services.sales->submit(gathered_);
  gathered_.clear();
}

/// Answers that the engine knows at once come during submit(): they are seen without a wake, and may let more of a
/// pipeline through.
void worker::submit_gathered() {
  while (!gathered_.empty()) {
    const bool mine = mail_.hush();
    server.services.sales->submit(gathered_);
    gathered_.clear();
    if (!mine) return;
    read_mail();
  }
}

void worker::on_answer(void* context, const answer& reply) noexcept {
  auto& asked = *static_cast<exchange*>(context);
  asked.reply = reply;
  asked.home->mail_.put(asked);
}

void worker::wake(void* context) noexcept {
  auto& self = *static_cast<worker*>(context);
  const one_piece<std::byte> memory(self.wake_memory_.data(), self.wake_memory_.size());
  boost::asio::post(self.loop_, boost::asio::bind_allocator(memory, [&self] {
                      self.read_mail();
                      self.submit_gathered();
                    }));
}

void worker::read_mail() {
  look_at_clock();
  for (exchange* each = mail_.take(); each != nullptr;) {
    exchange* following = each->next_mail;
    each->ready = true;
    admission::leave(each->permit, each->reply.code, now_ns());
    if (!each->owner->touched) touched_.push_back(each->owner);
    each->owner->touched = true;
    each = following;
  }
  for (connection* each : touched_) {
    each->touched = false;
    each->answered();
  }
  touched_.clear();
}

void worker::tick() {
  look_at_clock();
  const auto wall =
      std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  if (date_s_ != wall.count() / 1'000) {
    date_s_ = wall.count() / 1'000;
    date_ = format_http_date(wall.count());
  }
  for (int i = 0; i < expired_max; ++i) {
    has_deadline* late = time_limits.first_expired(now_);
    if (late == nullptr) break;
    static_cast<connection*>(late)->expire();
  }
  shrink(out);
  shrink(body);
  schedule_tick();
}

void worker::schedule_tick() {
  ticker_.expires_after(tick_every_);
  ticker_.async_wait([this](error_code stopped) {
    if (!stopped) tick();
  });
}

void worker::note(route which, int status, std::chrono::nanoseconds took) {
  metrics.record(which, status, took);
  const bool broken = status >= 500;
  if (!broken && !server.params.access_log) return;
  const auto took_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const std::string line = "event=response route=" + std::string(to_string(which)) +
                           " status=" + std::to_string(status) + " took_us=" + std::to_string(took_us);
  if (server.params.access_log) server.log.write(log_level::info, line);
  if (broken) server.log.write(frequent::server_error, log_level::warning, line);
}

}  // namespace seckill::inline v1::http
