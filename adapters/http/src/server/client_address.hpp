#pragma once

#include <seckill/error.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seckill::inline v1::http {

/// The networks whose word about who the client is counts. Immutable. Threads: any.
class trusted_proxies {
 public:
  /// Errors: errc::invalid_argument naming the entry.
  [[nodiscard]] static result<trusted_proxies> parse(const std::vector<std::string>& networks);

  [[nodiscard]] bool contains(const boost::asio::ip::address& peer) const;

 private:
  std::vector<boost::asio::ip::network_v6> networks_;
};

/// Who asks through a connection, as far as the peer's address tells. Looked up once for each connection.
struct client_peer {
  std::uint64_t key = 0;  ///< of the peer itself
  bool trusted = false;
};
[[nodiscard]] client_peer find_peer(const boost::asio::ip::address& address, const trusted_proxies& trusted);

/// The key of a client's rate and share: of an IPv4 address, or of an IPv6 network of 64 bits, which is what one
/// subscriber gets. 0: nobody's, not to be limited.
///
/// Each entry of `forwarded_for` was written by the hop behind it, so it is believed as long as those hops are trusted
/// proxies. The client is the last entry that is no trusted proxy; entries before it were written by the client and are
/// not looked at. If there is no such entry, because the list ends, is longer than 16 hops, or has something that is no
/// address, the client is the farthest hop that was believed. Only a trusted peer that sends no such field at all asks
/// for itself and is not limited: 0.
[[nodiscard]] std::uint64_t client_key(const client_peer& peer, std::optional<std::string_view> forwarded_for,
                                       const trusted_proxies& trusted);

}  // namespace seckill::inline v1::http
