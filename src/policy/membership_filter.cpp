#include <seckill/policy/membership_filter.hpp>

#include <utility>

namespace seckill::inline v1 {

membership_filter::membership_filter(const membership_filter_params& params)
    : fresh_params_{.keys_max = params.fresh_keys_max,
                    .false_positive_rate = params.fresh_false_positive_rate},
      parts_(std::make_unique<const parts>(parts{.frozen = std::make_shared<const fuse_filter>(),
                                                 .fresh = std::make_shared<bloom_filter>(fresh_params_),
                                                 .next_fresh = nullptr})),
      latest_(parts_.read([](const parts& now) { return now; })) {}

void membership_filter::insert(std::uint64_t hash) noexcept {
  parts_.read([hash](const parts& now) {
    now.fresh->insert(hash);
    if (now.next_fresh != nullptr) now.next_fresh->insert(hash);
  });
  fresh_keys_.fetch_add(1, std::memory_order_relaxed);
}

void membership_filter::publish(const parts& next) {
  parts_.set(std::make_unique<const parts>(next));
  latest_ = next;
}

void membership_filter::begin_rebuild() {
  const std::lock_guard lock(changing_);
  parts next = latest_;
  next.next_fresh = std::make_shared<bloom_filter>(fresh_params_);
  distrusted_in_rebuild_ = false;
  publish(next);
  fresh_keys_.store(0, std::memory_order_relaxed);
}

result<void> membership_filter::finish_rebuild(std::span<const std::uint64_t> hashes) {
  auto built = fuse_filter::build(hashes);
  if (!built) return built.error();
  const std::lock_guard lock(changing_);
  if (latest_.next_fresh == nullptr)
    return make_error(errc::invalid_argument,
                      "membership_filter: begin_rebuild() comes before finish_rebuild()");
  publish({.frozen = std::make_shared<const fuse_filter>(std::move(*built)),
           .fresh = latest_.next_fresh,
           .next_fresh = nullptr,
           .trusted = !distrusted_in_rebuild_});
  return {};
}

void membership_filter::distrust() {
  const std::lock_guard lock(changing_);
  distrusted_in_rebuild_ = true;
  if (!latest_.trusted) return;
  parts next = latest_;
  next.trusted = false;
  publish(next);
}

bool membership_filter::trusted() const noexcept {
  return parts_.read([](const parts& now) { return now.trusted; });
}

}  // namespace seckill::inline v1
