#include "driver.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seckill::crowd {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto tick_interval = std::chrono::milliseconds(100);
constexpr auto reconnect_pause = std::chrono::milliseconds(50);
constexpr std::size_t first_buffer_bytes = 8'192;

}  // namespace

// One connection carries one call at a time and always has a read pending, so that an end of the connection
// is seen while it is idle too.
class driver::state {
 public:
  state(driver_params params, tally& counts) : params_(std::move(params)), tally_(counts) {}

  result<void> connect();
  void run(workload& work, const std::function<void()>& on_tick);
  [[nodiscard]] bool interrupted() const noexcept { return signals_seen_ > 0; }

 private:
  struct connection {
    explicit connection(asio::io_context& io) : socket(io), pause(io), buffer(first_buffer_bytes) {}

    tcp::socket socket;
    asio::steady_timer pause;
    std::vector<char> buffer;
    std::size_t filled = 0;
    std::string request;
    std::optional<call> carries;
    std::uint64_t left_ns = 0;
    bool up = false;
    bool idle = false;       // up and in idle_
    std::uint32_t life = 0;  // counts its sockets: handlers of an earlier one are ignored
  };

  void open(connection& on);
  void opened(connection& on, error_code failed);
  void read(connection& on);
  void received(connection& on, std::size_t count);
  void broken(connection& on);
  void dispatch();
  void carry(connection& on, const call& what);
  void send_rest(connection& on, std::size_t sent);
  void wake_at(std::optional<std::uint64_t> due_ns);
  void tick();
  void fail_if_all_down(std::uint64_t now, std::uint64_t limit_ns);
  void reopen(connection& on);
  void expect_signals();
  void end_run();

  driver_params params_;
  tally& tally_;
  asio::io_context io_{1};
  tcp::resolver::results_type addresses_;
  std::vector<std::unique_ptr<connection>> connections_;
  std::deque<connection*> idle_;
  asio::steady_timer wake_{io_};
  asio::steady_timer tick_{io_};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
  std::uint64_t wake_armed_ns_ = 0;  // 0: not armed
  std::uint64_t last_up_ns_ = 0;
  std::uint32_t opening_ = 0;
  std::uint32_t up_ = 0;
  std::uint32_t signals_seen_ = 0;
  error_code last_failure_;
  workload* work_ = nullptr;
  const std::function<void()>* on_tick_ = nullptr;
};

result<void> driver::state::connect() {
  tcp::resolver resolver(io_);
  error_code failed;
  addresses_ = resolver.resolve(params_.to.host, std::to_string(params_.to.port), failed);
  if (failed) return make_error(errc::invalid_argument, "host " + params_.to.host + ": " + failed.message());
  for (std::uint32_t i = 0; i < params_.connections; ++i) {
    connections_.push_back(std::make_unique<connection>(io_));
    open(*connections_.back());
  }
  while (opening_ > 0) io_.run_one();
  if (up_ > 0) return {};
  return make_error(errc::read_failed,
                    "cannot connect to " + params_.to.text() + ": " + last_failure_.message() +
                        ". Is the service running there? Start it, or name another --port");
}

void driver::state::open(connection& on) {
  ++opening_;
  const std::uint32_t life = ++on.life;
  asio::async_connect(on.socket, addresses_, [this, &on, life](error_code failed, const tcp::endpoint&) {
    --opening_;
    if (life == on.life) opened(on, failed);
  });
}

void driver::state::opened(connection& on, error_code failed) {
  if (!failed) on.socket.non_blocking(true, failed);
  if (!failed) on.socket.set_option(tcp::no_delay(true), failed);
  if (failed) {
    last_failure_ = failed;
    error_code ignored;
    on.socket.close(ignored);
    return reopen(on);
  }
  on.up = true;
  ++up_;
  on.filled = 0;
  on.idle = true;
  idle_.push_back(&on);
  read(on);
  dispatch();
}

void driver::state::reopen(connection& on) {
  on.pause.expires_after(reconnect_pause);
  on.pause.async_wait([this, &on](error_code stopped) {
    if (!stopped) open(on);
  });
}

void driver::state::read(connection& on) {
  if (on.filled == on.buffer.size()) on.buffer.resize(2 * on.buffer.size());
  const auto space = asio::buffer(on.buffer.data() + on.filled, on.buffer.size() - on.filled);
  on.socket.async_read_some(space, [this, &on, life = on.life](error_code failed, std::size_t count) {
    if (life != on.life) return;
    if (failed) return broken(on);
    received(on, count);
  });
}

void driver::state::received(connection& on, std::size_t count) {
  on.filled += count;
  const parsed_response parsed = parse_response({on.buffer.data(), on.filled});
  if (parsed.state == parse_state::incomplete) return read(on);
  // Bytes that nobody asked for, or that are no HTTP, end the connection.
  if (parsed.state == parse_state::malformed || !on.carries) return broken(on);
  const call what = *std::exchange(on.carries, std::nullopt);
  work_->answered(what, parsed.response, now_ns());
  on.filled = 0;
  if (!parsed.response.keep_alive) {
    broken(on);
  } else {
    on.idle = true;
    idle_.push_back(&on);
    dispatch();
    read(on);
  }
}

void driver::state::broken(connection& on) {
  error_code ignored;
  on.socket.close(ignored);
  ++on.life;
  if (on.up) --up_;
  on.up = false;
  if (std::exchange(on.idle, false)) std::erase(idle_, &on);
  if (on.carries) work_->failed(*std::exchange(on.carries, std::nullopt), now_ns());
  open(on);
  dispatch();
}

void driver::state::dispatch() {
  if (work_ == nullptr) return;
  while (!idle_.empty()) {
    const auto what = work_->next(now_ns());
    if (!what) break;
    connection& on = *idle_.front();
    idle_.pop_front();
    on.idle = false;
    carry(on, *what);
  }
  if (work_->finished()) return end_run();
  if (!idle_.empty()) wake_at(work_->next_due_ns());
}

void driver::state::carry(connection& on, const call& what) {
  on.carries = what;
  on.request.clear();
  work_->write(what, on.request);
  on.left_ns = now_ns();
  tally_.lag.record(on.left_ns - std::min(on.left_ns, what.due_ns));
  error_code failed;
  const std::size_t sent = on.socket.write_some(asio::buffer(on.request), failed);
  // A real failure is reported by the pending read as well, which then ends the connection.
  if (failed && failed != asio::error::would_block) return;
  if (sent < on.request.size()) send_rest(on, sent);
}

void driver::state::send_rest(connection& on, std::size_t sent) {
  const auto rest = asio::buffer(on.request) + sent;
  asio::async_write(on.socket, rest, [](error_code, std::size_t) {});
}

void driver::state::wake_at(std::optional<std::uint64_t> due_ns) {
  if (!due_ns || *due_ns == wake_armed_ns_) return;
  wake_armed_ns_ = *due_ns;
  wake_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(*due_ns)));
  wake_.async_wait([this](error_code stopped) {
    if (stopped) return;
    wake_armed_ns_ = 0;
    dispatch();
  });
}

void driver::state::tick() {
  const std::uint64_t limit_ns =
      static_cast<std::uint64_t>(std::chrono::nanoseconds(params_.timeout).count());
  const std::uint64_t now = now_ns();
  for (const auto& each : connections_) {
    if (each->carries && now - each->left_ns > limit_ns) broken(*each);
    if (work_ == nullptr) return;
  }
  fail_if_all_down(now, limit_ns);
  dispatch();
  if (work_ == nullptr) return;
  if (*on_tick_) (*on_tick_)();
  tick_.expires_after(tick_interval);
  tick_.async_wait([this](error_code stopped) {
    if (!stopped && work_ != nullptr) tick();
  });
}

// Calls wait for a connection, but not for ever.
void driver::state::fail_if_all_down(std::uint64_t now, std::uint64_t limit_ns) {
  if (up_ > 0) last_up_ns_ = now;
  if (now - last_up_ns_ <= limit_ns) return;
  while (const auto what = work_->next(now)) work_->failed(*what, now);
}

void driver::state::expect_signals() {
  signals_.async_wait([this](error_code stopped, int) {
    if (stopped) return;
    if (++signals_seen_ > 1) return io_.stop();
    work_->stop();
    expect_signals();
    dispatch();
  });
}

void driver::state::end_run() {
  work_ = nullptr;
  io_.stop();
}

void driver::state::run(workload& work, const std::function<void()>& on_tick) {
  work_ = &work;
  on_tick_ = &on_tick;
  wake_armed_ns_ = 0;
  last_up_ns_ = now_ns();
  io_.restart();
  expect_signals();
  tick();
  if (work_ != nullptr) io_.run();
  work_ = nullptr;
  signals_.cancel();
  wake_.cancel();
  tick_.cancel();
}

driver::driver(driver_params params, tally& counts)
    : state_(std::make_unique<state>(std::move(params), counts)) {}

driver::~driver() = default;

result<void> driver::connect() { return state_->connect(); }

void driver::run(workload& work, const std::function<void()>& on_tick) { state_->run(work, on_tick); }

bool driver::interrupted() const noexcept { return state_->interrupted(); }

std::uint64_t driver::now_ns() noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

}  // namespace seckill::crowd
