#pragma once

#include <cstdint>
#include <string>

namespace flash_sale {

/// The URL of a server on this host, which is a name or an address. An IPv6 address stands in brackets there
/// (RFC 3986, section 3.2.2).
[[nodiscard]] std::string web_address(const std::string& host, std::uint16_t port);

}  // namespace flash_sale
