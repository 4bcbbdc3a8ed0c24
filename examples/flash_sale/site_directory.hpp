#pragma once

#include <string>

namespace flash_sale {

/// Where the pages are: beside an installed program, else beside its source. Empty if in neither place.
[[nodiscard]] std::string default_site_directory();

}  // namespace flash_sale
