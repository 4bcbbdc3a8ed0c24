#include "site_directory.hpp"

#include <filesystem>
#include <system_error>

namespace flash_sale {

std::string default_site_directory() {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  const fs::path installed = program.parent_path().parent_path() / FLASH_SALE_SITE_INSTALLED;
  for (const fs::path& each : {installed, fs::path(FLASH_SALE_SITE_SOURCE)}) {
    if (fs::is_directory(each, failed)) return each.string();
  }
  return {};
}

}  // namespace flash_sale
