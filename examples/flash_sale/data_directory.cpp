#include "data_directory.hpp"

#include "whole_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace flash_sale {

using seckill::errc;
using seckill::make_error;
using seckill::result;

namespace {

namespace fs = std::filesystem;

// An empty directory, as that of a volume that is not mounted, has nothing in it that is ours.
bool has_data(const std::string& directory) {
  std::error_code failed;
  return fs::exists(directory + "/FORMAT", failed);
}

result<start_facts> look_at(const std::string& path, std::uint32_t shards) {
  start_facts found;
  std::error_code failed;
  if (fs::exists(path + "/shards", failed)) {
    const std::ifstream from(path + "/shards");
    std::ostringstream text;
    if (!from || !(text << from.rdbuf()))
      return make_error(errc::read_failed,
                        path + "/shards cannot be read. Check the disk and its permissions");
    found.shards = text.str();
  }
  if (failed)
    return make_error(errc::read_failed,
                      path + " cannot be read: " + failed.message() + ". Check its permissions");
  for (std::uint32_t shard = 0; shard < std::max(shards, 254U); ++shard)
    found.journals.push_back(has_data(path + "/journal-" + std::to_string(shard)));
  found.orders = has_data(path + "/orders");
  return found;
}

}  // namespace

result<data_directory> data_directory::prepare(const std::string& path, std::uint32_t shards) {
  const auto found = look_at(path, shards);
  if (!found) return found.error();
  const auto plan = plan_start(*found, shards, path);
  if (!plan) return plan.error();
  const data_directory prepared(path, shards, *plan);
  if (found->shards) return prepared;
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    return make_error(errc::storage_failed, "the data directory " + path + " cannot be made: " +
                                                failed.message() + ". Name another one with --data");
  }
  if (auto written = write_whole_file(path + "/shards", to_text({shards, true, {}}), 0644); !written)
    return written.error();
  return prepared;
}

result<void> data_directory::check_fleet(const seckill::fleet_id& fleet) const {
  if (plan_.fleet.is_zero() || plan_.fleet == fleet) return {};
  return make_error(errc::invalid_argument, path_ + "/shards belongs to installation " +
                                                to_string(plan_.fleet) + ", and the journals beside it to " +
                                                to_string(fleet) +
                                                ". Restore the whole directory from one backup");
}

result<void> data_directory::finish_start(const seckill::fleet_id& fleet) const {
  if (plan_.fleet == fleet) return {};
  return write_whole_file(path_ + "/shards", to_text({shards_, false, fleet}), 0644);
}

}  // namespace flash_sale
