#include "deadlines.hpp"

namespace seckill::inline v1::http {

void deadlines::set(has_deadline& whose, patience kind, time_point now) noexcept {
  whose.unlink();
  whose.kind_ = kind;
  if (kind == patience::none) return;
  const auto at = static_cast<std::size_t>(kind);
  whose.at_ = now + after_[at];
  waiting_[at].push_back(whose);
}

has_deadline* deadlines::first_expired(time_point now) noexcept {
  for (list& each : waiting_) {
    if (!each.empty() && each.front().at_ <= now) return &each.front();
  }
  return nullptr;
}

}  // namespace seckill::inline v1::http
