#pragma once

#include "state.hpp"

#include <cassert>

namespace seckill::inline v1 {

template <typename Fact, typename... Hint>
void ledger::state::emit(const Fact& fact, event_buffer& events, const Hint&... hint) {
  assert(!contradiction(fact));
  on(fact, hint...);
  events.append(fact);
  ++sequence;
  last_event_ms = now_ms;
}

}  // namespace seckill::inline v1
