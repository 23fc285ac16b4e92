#include "netdiag/namespace_policy.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace fairlead::netdiag {
namespace {

constexpr std::array<SocketKind, 6> kKinds{{
    {AF_INET, SOCK_STREAM, 0},
    {AF_INET6, SOCK_STREAM, 0},
    {AF_INET, SOCK_DGRAM, 0},
    {AF_INET6, SOCK_DGRAM, 0},
    {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
    {AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG},
}};

}  // namespace

std::optional<std::uint8_t> NumberOfKind(const SocketKind& kind) {
  const bool waits = (kind.type & SOCK_NONBLOCK) == 0;
  const SocketKind plain{kind.family, kind.type & ~SOCK_NONBLOCK, kind.protocol};
  const auto found = std::ranges::find(kKinds, plain);
  if (found == kKinds.end()) return std::nullopt;
  const auto number = static_cast<std::uint8_t>(found - kKinds.begin());
  return static_cast<std::uint8_t>(number * 2 + (waits ? 0 : 1));
}

std::optional<SocketKind> KindOfNumber(std::uint8_t number) {
  if (number / 2U >= kKinds.size()) return std::nullopt;
  SocketKind kind = kKinds.at(number / 2U);
  if (number % 2 == 1) kind.type |= SOCK_NONBLOCK;
  return kind;
}

bool IsWholeId(std::string_view id) {
  return id.size() == kContainerIdBytes && std::ranges::all_of(id, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace fairlead::netdiag
