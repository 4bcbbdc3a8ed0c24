#include "data_directory.hpp"

#include "whole_file.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace flash_sale {

using seckill::errc;
using seckill::make_error;
using seckill::result;

result<data_directory> data_directory::prepare(const std::string& path, std::uint32_t shards) {
  namespace fs = std::filesystem;
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    return make_error(errc::storage_failed, "the data directory " + path + " cannot be made: " +
                                                failed.message() + ". Name another one with --data");
  }
  const std::string file = path + "/shards";
  unsigned made_for = 0;
  if (std::ifstream from(file); from >> made_for) {
    if (made_for == shards) return data_directory(path);
    return make_error(errc::invalid_argument,
                      path + " was made for " + std::to_string(made_for) +
                          " shards, and a sale never moves to another. Start with --shards " +
                          std::to_string(made_for));
  }
  if (fs::exists(path + "/journal-0")) {
    return make_error(errc::corrupt_data,
                      file +
                          " is missing or damaged: it holds the number of journal-<n> "
                          "directories beside it. Write that number there and start again");
  }
  if (auto written = write_whole_file(file, std::to_string(shards) + "\n", 0644); !written)
    return written.error();
  return data_directory(path);
}

}  // namespace flash_sale
