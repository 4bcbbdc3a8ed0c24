#include "web_address.hpp"

namespace flash_sale {

std::string web_address(const std::string& host, std::uint16_t port) {
  const bool bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return "http://" + (bare_v6 ? '[' + host + ']' : host) + ':' + std::to_string(port) + '/';
}

}  // namespace flash_sale
