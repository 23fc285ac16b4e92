// IP addresses as text, where the kernel's spelling is not everybody's.
#pragma once

#include <string>
#include <string_view>

namespace fairlead {

// "10.0.0.1" of "::ffff:10.0.0.1", which is how an IPv6 socket names an IPv4 peer; any other text
// as it is.
inline std::string PlainAddress(const std::string& address) {
  constexpr std::string_view kMapped = "::ffff:";
  const bool is_mapped =
      address.starts_with(kMapped) && address.find('.', kMapped.size()) != std::string::npos;
  return is_mapped ? address.substr(kMapped.size()) : address;
}

// Of this host and nobody else's, however it is spelt by the kernel.
inline bool IsLoopbackAddress(const std::string& address) {
  return PlainAddress(address).starts_with("127.") || address == "::1";
}

}  // namespace fairlead
