#include "state.hpp"
#include <seckill/storage.hpp>

#include <future>
#include <utility>

namespace seckill::inline v1 {
namespace {

constexpr time_ns length_min_ns = ns_per_ms;

result<void> checked(const storage_levels& levels, const storage_params& params) {
  const auto wrong = [](const char* what) { return make_error(errc::invalid_argument, what); };
  if (levels.source == nullptr) return wrong("storage: source must not be null");
  if (levels.work == nullptr) return wrong("storage: work must not be null");
  if (params.shared_ttl_ns < 2 * length_min_ns || params.shared_absent_ttl_ns < 2 * length_min_ns)
    return wrong("storage: shared_ttl_ns and shared_absent_ttl_ns must be at least 2 ms");
  if (!(params.shared_ttl_jitter >= 0.0 && params.shared_ttl_jitter <= 0.5))
    return wrong("storage: shared_ttl_jitter must be 0 to 0.5");
  if (params.write_hold_ns < length_min_ns) return wrong("storage: write_hold_ns must be at least 1 ms");
  if (params.loads.ask_again_ns < 1 || params.loads.wait_max_ns < 1)
    return wrong("storage: loads.ask_again_ns and loads.wait_max_ns must be positive");
  if (params.flights.flights_max == 0 || params.flights.waiters_max == 0)
    return wrong("storage: flights.flights_max and flights.waiters_max must be at least 1");
  if (params.batch_max == 0) return wrong("storage: batch_max must be at least 1");
  if (params.publish_again_ns < 1) return wrong("storage: publish_again_ns must be positive");
  return {};
}

// The promise lives until the last of both sides has let go of it.
template <typename Answer, typename Start>
Answer waited(Start&& start) {
  const auto told = std::make_shared<std::promise<Answer>>();
  std::future<Answer> answer = told->get_future();
  std::forward<Start>(start)([told](const Answer& value) { told->set_value(value); });
  return answer.get();
}

}  // namespace

result<std::unique_ptr<storage>> storage::open(const storage_levels& levels, const storage_params& params) {
  if (auto good = checked(levels, params); !good) return good.error();
  auto opened = std::make_shared<state>(levels, params);
  if (auto stands = opened->subscribe(); !stands) return stands.error();
  return std::unique_ptr<storage>(new storage(std::move(opened)));
}

storage::storage(std::shared_ptr<state> shared) : state_(std::move(shared)) {}
storage::~storage() { state_->unsubscribe(); }

std::optional<found_record> storage::find_local(std::string_view key, time_ns now) {
  return state_->look(key, now);
}
void storage::read(std::string_view key, time_ns now, time_ns deadline, read_done done) {
  state_->read(key, now, deadline, std::move(done));
}
void storage::read_many(std::span<const std::string_view> keys, time_ns now, time_ns deadline,
                        read_many_done done) {
  state_->read_many(keys, now, deadline, std::move(done));
}

void storage::create(std::string_view key, std::string_view value, write_done done) {
  state_->post({.what = state::write::kind::create,
                .key = std::string(key),
                .value = std::string(value),
                .expected = std::nullopt,
                .done = std::move(done)});
}
void storage::update(std::string_view key, std::string_view value, std::optional<std::uint64_t> expected,
                     write_done done) {
  state_->post({.what = state::write::kind::update,
                .key = std::string(key),
                .value = std::string(value),
                .expected = expected,
                .done = std::move(done)});
}
void storage::remove(std::string_view key, std::optional<std::uint64_t> expected, write_done done) {
  state_->post({.what = state::write::kind::remove,
                .key = std::string(key),
                .value = {},
                .expected = expected,
                .done = std::move(done)});
}

result<found_record> storage::read_blocking(std::string_view key, time_ns deadline) {
  return waited<result<found_record>>(
      [&](read_done done) { state_->read(key, state_->now(), deadline, std::move(done)); });
}
result<write_answer> storage::create_blocking(std::string_view key, std::string_view value) {
  return waited<result<write_answer>>([&](write_done done) { create(key, value, std::move(done)); });
}
result<write_answer> storage::update_blocking(std::string_view key, std::string_view value,
                                              std::optional<std::uint64_t> expected) {
  return waited<result<write_answer>>(
      [&](write_done done) { update(key, value, expected, std::move(done)); });
}
result<write_answer> storage::remove_blocking(std::string_view key, std::optional<std::uint64_t> expected) {
  return waited<result<write_answer>>([&](write_done done) { remove(key, expected, std::move(done)); });
}

storage_stats storage::stats() const noexcept { return state_->stats(); }

}  // namespace seckill::inline v1
