#pragma once

#include <seckill/error.hpp>
#include <seckill/ledger_identity.hpp>

#include <optional>
#include <span>

namespace seckill::inline v1 {

// What is known of a journal before any of its frames is read.
struct journal_facts {
  std::optional<ledger_identity> stated;  // as journal::identity()
  bool has_history = false;               // frames, or a snapshot
};

// The installation that these journals, one per shard in order, belong to; zero if none states one yet. Decides only.
//
// Errors: errc::invalid_argument naming the first one that belongs elsewhere; errc::missing_data naming the first one
// that is new although others have a history: what it had would be sold again.
[[nodiscard]] result<fleet_id> common_fleet(std::span<const journal_facts> journals);

}  // namespace seckill::inline v1
