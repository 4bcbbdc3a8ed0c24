#include "start_plan.hpp"

#include <algorithm>
#include <charconv>

namespace flash_sale {

using namespace seckill;

namespace {

constexpr std::uint32_t shards_max = 254;

std::string journal_name(std::size_t shard) { return "journal-" + std::to_string(shard); }

error no_shards_file(const start_facts& found, const std::string& directory) {
  const auto journal = std::ranges::find(found.journals, true);
  const std::string there = journal == found.journals.end()
                                ? "orders"
                                : journal_name(static_cast<std::size_t>(journal - found.journals.begin()));
  return make_error(errc::missing_data,
                    directory + "/shards is missing, but " + directory + "/" + there +
                        " is there. Nothing was changed. Mount the volume or restore the file from a backup: "
                        "it holds the number of journal-<n> directories");
}

error no_journal(std::size_t shard, const std::string& directory) {
  return make_error(
      errc::missing_data,
      directory + "/" + journal_name(shard) +
          " is missing: without it everything that it recorded would be sold again. Nothing was "
          "changed. Mount the volume that it is on, or restore it from a backup");
}

}  // namespace

std::string to_text(const shards_file& file) {
  std::string text = std::to_string(file.shards);
  if (file.first_start) text += " new";
  if (!file.fleet.is_zero()) text += " fleet " + to_string(file.fleet);
  return text + "\n";
}

std::optional<shards_file> parse_shards_file(const std::string& text) {
  shards_file file;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), file.shards);
  if (code != std::errc{} || file.shards == 0 || file.shards > shards_max) return std::nullopt;
  const std::string rest(end, text.data() + text.size());
  constexpr std::string_view fleet = " fleet ";
  if (rest == " new\n") {
    file.first_start = true;
  } else if (rest.starts_with(fleet) && rest.ends_with('\n')) {
    const auto stated =
        parse_fleet_id(std::string_view(rest).substr(fleet.size(), rest.size() - fleet.size() - 1));
    if (!stated) return std::nullopt;
    file.fleet = *stated;
  } else if (!rest.empty() && rest != "\n") {
    return std::nullopt;
  }
  return file;
}

result<start_plan> plan_start(const start_facts& found, std::uint32_t shards_asked,
                              const std::string& directory) {
  if (!found.shards) {
    if (found.orders || std::ranges::count(found.journals, true) > 0) return no_shards_file(found, directory);
    return start_plan{.first_start = true};
  }
  const auto file = parse_shards_file(*found.shards);
  if (!file)
    return make_error(errc::corrupt_data,
                      directory +
                          "/shards is damaged: it holds the number of journal-<n> directories beside "
                          "it. Nothing was changed. Write that number there and start again");
  if (file->shards != shards_asked)
    return make_error(errc::invalid_argument, directory + " was made for " + std::to_string(file->shards) +
                                                  " shards, and a sale never moves to another. Start with "
                                                  "--shards " +
                                                  std::to_string(file->shards));
  if (file->first_start) return start_plan{.first_start = true};
  for (std::size_t shard = 0; shard < file->shards; ++shard)
    if (shard >= found.journals.size() || !found.journals[shard]) return no_journal(shard, directory);
  return start_plan{.fleet = file->fleet};
}

}  // namespace flash_sale
