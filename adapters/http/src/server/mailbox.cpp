#include "mailbox.hpp"

namespace seckill::inline v1::http {

void mailbox::put(exchange& filled) noexcept {
  inside_.fetch_add(1, std::memory_order_relaxed);
  exchange* newest = newest_.load(std::memory_order_relaxed);
  // Sequentially consistent like awake_: either this thread sees the taker asleep, or the taker sees this
  // exchange.
  do {
    filled.next_mail = newest;
  } while (!newest_.compare_exchange_weak(newest, &filled));
  if (!awake_.exchange(true)) wake_(context_);
  inside_.fetch_sub(1, std::memory_order_release);
}

exchange* mailbox::take() noexcept {
  awake_.store(false);
  exchange* newest = newest_.exchange(nullptr);
  exchange* oldest = nullptr;
  while (newest != nullptr) {
    exchange* older = newest->next_mail;
    newest->next_mail = oldest;
    oldest = newest;
    newest = older;
  }
  return oldest;
}

}  // namespace seckill::inline v1::http
