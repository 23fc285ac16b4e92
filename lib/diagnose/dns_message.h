// DnsMessage: one question to a name server and what its answer says (lib/dns has the bytes); and
// which name servers a resolv.conf(5) names. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::diagnose {

enum class AddressFamily { kIpv4, kIpv6 };

// Nothing when `name` can be no name: empty, a label empty or above 63 bytes, too long in all.
std::optional<std::vector<std::byte>> DnsQuestion(std::string_view name, AddressFamily family,
                                                  std::uint16_t id);

// The addresses of that family in an answer; empty when there is no such name, or none of its kind.
// Nothing when the bytes are no whole answer to question `id`, or the server could not answer.
std::optional<std::vector<std::string>> DnsAnswer(std::span<const std::byte> message,
                                                  AddressFamily family, std::uint16_t id);

// Literal addresses, in their order, at most three, as the C library takes.
std::vector<std::string> NameServers(std::string_view resolv_conf);

}  // namespace fairlead::diagnose
