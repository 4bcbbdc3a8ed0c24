#pragma once

#include "state.hpp"

#include <cassert>

namespace seckill::inline v1 {

template <typename Fact>
void ledger::state::emit(const Fact& fact, event_buffer& events) {
  assert(!contradiction(fact));
  on(fact);
  events.append(fact);
  ++sequence;
  last_event_ms = now_ms;
}

}  // namespace seckill::inline v1
