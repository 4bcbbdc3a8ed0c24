#include "engine/common_fleet.hpp"

#include "engine/frame_walk.hpp"

#include <algorithm>
#include <string>

namespace seckill::inline v1 {
namespace {

bool is_new(const journal_facts& of) { return !of.stated && !of.has_history; }

std::string name_of(std::size_t index) { return "journal " + std::to_string(index); }

}  // namespace

result<fleet_id> common_fleet(std::span<const journal_facts> journals) {
  fleet_id fleet;
  for (const journal_facts& each : journals)
    if (fleet.is_zero() && each.stated) fleet = each.stated->fleet;

  const auto count = static_cast<std::uint8_t>(journals.size());
  for (std::size_t i = 0; i < journals.size(); ++i) {
    const auto& stated = journals[i].stated;
    const ledger_identity expected{fleet, static_cast<std::uint8_t>(i), count};
    if (stated && !stated->fleet.is_zero() && *stated != expected)
      return foreign_history(name_of(i), *stated, expected);
  }
  const auto with_history = std::ranges::find_if(journals, &journal_facts::has_history);
  const auto fresh = std::ranges::find_if(journals, is_new);
  if (with_history == journals.end() || fresh == journals.end()) return fleet;
  return make_error(errc::missing_data,
                    name_of(static_cast<std::size_t>(fresh - journals.begin())) + " is new, but " +
                        name_of(static_cast<std::size_t>(with_history - journals.begin())) +
                        " has a history: mount the volume that the journal is on, or restore its directory");
}

}  // namespace seckill::inline v1
