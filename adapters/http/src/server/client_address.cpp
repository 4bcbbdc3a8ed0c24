#include "client_address.hpp"

#include "../api/field_list.hpp"
#include <seckill/hash.hpp>

#include <boost/asio/ip/network_v4.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

namespace seckill::inline v1::http {
namespace {

namespace ip = boost::asio::ip;

/// Proxies between a client and this server that are looked through.
constexpr int hops_max = 16;

ip::address_v6 as_v6(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

std::optional<ip::network_v6> parse_network(std::string_view text) {
  boost::system::error_code wrong;
  const std::size_t slash = text.find('/');
  const ip::address address = ip::make_address(std::string(text.substr(0, slash)), wrong);
  if (wrong) return std::nullopt;
  if (slash == std::string_view::npos) return ip::network_v6(as_v6(address), 128);
  if (address.is_v6()) {
    const ip::network_v6 network = ip::make_network_v6(std::string(text), wrong);
    return wrong ? std::nullopt : std::optional(network);
  }
  const ip::network_v4 network = ip::make_network_v4(std::string(text), wrong);
  if (wrong) return std::nullopt;
  return ip::network_v6(as_v6(address), static_cast<unsigned short>(96 + network.prefix_length()));
}

/// An entry as proxies write it: an address, perhaps with a port; IPv6 with a port stands in brackets.
std::optional<ip::address> parse_entry(std::string_view entry) {
  if (entry.starts_with('[')) {
    const std::size_t close = entry.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    if (close + 1 < entry.size() && entry[close + 1] != ':') return std::nullopt;
    entry = entry.substr(1, close - 1);
  } else if (std::ranges::count(entry, ':') == 1) {
    entry = entry.substr(0, entry.find(':'));
  }
  boost::system::error_code wrong;
  const ip::address address = ip::make_address(std::string(entry), wrong);
  return wrong ? std::nullopt : std::optional(address);
}

std::uint64_t key_of(const ip::address& client) {
  const ip::address_v6 whole = as_v6(client);
  const auto bytes = whole.to_bytes();
  const std::span<const unsigned char> counted(bytes.data(), whole.is_v4_mapped() ? 16 : 8);
  return xxh64(std::as_bytes(counted), 0) | 1U;
}

}  // namespace

result<trusted_proxies> trusted_proxies::parse(const std::vector<std::string>& networks) {
  trusted_proxies parsed;
  for (const std::string& each : networks) {
    const auto network = parse_network(each);
    if (!network)
      return make_error(errc::invalid_argument,
                        "admission_params::trusted_proxies: \"" + each +
                            "\" is neither an address nor a network like 10.0.0.0/8 or fd00::/8");
    parsed.networks_.push_back(network->canonical());
  }
  return parsed;
}

bool trusted_proxies::contains(const ip::address& peer) const {
  const ip::address_v6 wanted = as_v6(peer);
  return std::ranges::any_of(networks_, [&](const ip::network_v6& each) {
    return ip::network_v6(wanted, each.prefix_length()).canonical() == each;
  });
}

client_peer find_peer(const ip::address& address, const trusted_proxies& trusted) {
  return {key_of(address), trusted.contains(address)};
}

std::uint64_t client_key(const client_peer& peer, std::optional<std::string_view> forwarded_for,
                         const trusted_proxies& trusted) {
  if (!peer.trusted) return peer.key;
  if (!forwarded_for) return 0;
  std::uint64_t believed = peer.key;
  std::string_view rest = *forwarded_for;
  for (int hop = 0; hop < hops_max && !rest.empty(); ++hop) {
    const std::size_t comma = rest.rfind(',');
    const std::string_view entry = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
    if (entry.empty()) continue;  // an empty element of a list says nothing (RFC 9110, section 5.6.1)
    const auto address = parse_entry(entry);
    if (!address) break;
    believed = key_of(*address);
    if (!trusted.contains(*address)) break;
  }
  return believed;
}

}  // namespace seckill::inline v1::http
