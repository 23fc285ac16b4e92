#include "netdiag/rtnetlink.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

namespace fairlead::netdiag {
namespace {

using View = std::span<const std::byte>;

constexpr std::size_t Aligned(std::size_t size) {
  return (size + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}

// A copy of the structure that `data` begins with; nothing when it is shorter.
template <class Value>
std::optional<Value> Take(View data) {
  if (data.size() < sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value, data.data(), sizeof value);
  return value;
}

template <class Value>
void Append(Bytes& bytes, const Value& value) {
  const auto view = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), view.begin(), view.end());
  bytes.resize(Aligned(bytes.size()));
}

// One attribute or message: its type and what it holds.
struct Part {
  std::uint16_t type = 0;
  View body;
};

// The part that `data` begins with, with a header of type Head; `data` moves behind it.
template <class Head, class Length>
std::optional<Part> Next(View& data, Length Head::* length, std::uint16_t Head::* type) {
  const auto head = Take<Head>(data);
  if (!head) return std::nullopt;
  const std::size_t size = (*head).*length;
  const std::size_t head_size = Aligned(sizeof(Head));
  if (size < head_size || size > data.size()) return std::nullopt;
  const Part part{.type = (*head).*type, .body = data.subspan(head_size, size - head_size)};
  data = data.subspan(std::min(Aligned(size), data.size()));
  return part;
}

std::optional<Part> NextMessage(View& data) {
  return Next(data, &nlmsghdr::nlmsg_len, &nlmsghdr::nlmsg_type);
}
std::optional<Part> NextAttribute(View& data) {
  return Next(data, &rtattr::rta_len, &rtattr::rta_type);
}

View Behind(View body, std::size_t size) {
  return body.subspan(std::min(Aligned(size), body.size()));
}

template <class Fixed>
Bytes Question(std::uint16_t type, std::uint16_t flags, const Fixed& fixed, const Bytes& rest) {
  Bytes bytes;
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + Aligned(sizeof fixed) + rest.size());
  Append(bytes, head);
  Append(bytes, fixed);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

Error RefusedWith(int error) {
  return {Code::kInternal, "ask routing table: " + std::generic_category().message(error)};
}

// What the kernel says in place of a route: there is none, or one that forbids.
bool MeansNoRoute(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == EACCES || error == EINVAL ||
         error == ENETDOWN;
}

std::string IpText(int family, View address) {
  const std::size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if ((family != AF_INET && family != AF_INET6) || address.size() < size) return {};
  return inet_ntop(family, address.data(), text.data(), text.size());
}

void ReadAddress(View body, Interfaces& into) {
  const auto fixed = Take<ifaddrmsg>(body);
  if (!fixed) return;
  View attributes = Behind(body, sizeof *fixed);
  std::string ip;
  while (const auto attribute = NextAttribute(attributes)) {
    // On a point-to-point link IFA_ADDRESS is the peer's; IFA_LOCAL, where it exists, is ours.
    const bool is_local = attribute->type == IFA_LOCAL;
    if (is_local || (attribute->type == IFA_ADDRESS && ip.empty()))
      ip = IpText(fixed->ifa_family, attribute->body);
  }
  if (!ip.empty()) into.by_ip[ip] = static_cast<int>(fixed->ifa_index);
}

void ReadLink(View body, Interfaces& into) {
  const auto fixed = Take<ifinfomsg>(body);
  if (!fixed) return;
  std::string& kind = into.kinds[fixed->ifi_index];
  View attributes = Behind(body, sizeof *fixed);
  while (const auto attribute = NextAttribute(attributes)) {
    if (attribute->type != IFLA_LINKINFO) continue;
    View nested = attribute->body;
    while (const auto info = NextAttribute(nested)) {
      if (info->type != IFLA_INFO_KIND) continue;
      const std::string_view text(reinterpret_cast<const char*>(info->body.data()),
                                  info->body.size());
      kind = text.substr(0, text.find('\0'));
    }
  }
}

}  // namespace

Result<Bytes> RouteQuestion(const std::string& ip) {
  std::array<std::byte, sizeof(in6_addr)> address{};
  const int family = ip.contains(':') ? AF_INET6 : AF_INET;
  if (inet_pton(family, ip.c_str(), address.data()) != 1)
    return Fail(Code::kInvalidArgument, "ask routing table: no address: " + ip.substr(0, 64));
  const std::size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  rtmsg fixed{};
  fixed.rtm_family = static_cast<unsigned char>(family);
  fixed.rtm_dst_len = static_cast<unsigned char>(size * 8);
  // The entry of the table that matched, not the one address made out of it.
  fixed.rtm_flags = RTM_F_FIB_MATCH;
  Bytes destination;
  Append(destination,
         rtattr{.rta_len = static_cast<std::uint16_t>(sizeof(rtattr) + size), .rta_type = RTA_DST});
  destination.insert(destination.end(), address.begin(),
                     address.begin() + static_cast<std::ptrdiff_t>(size));
  return Question(RTM_GETROUTE, 0, fixed, destination);
}

Result<Route> ReadRoute(std::span<const std::byte> answer) {
  const auto message = NextMessage(answer);
  if (!message) return Fail(Code::kDataLoss, "ask routing table: a damaged answer");
  if (message->type == NLMSG_ERROR) {
    const int error = -Take<nlmsgerr>(message->body).value_or(nlmsgerr{}).error;
    if (MeansNoRoute(error)) return Route{};
    return std::unexpected(RefusedWith(error));
  }
  const auto fixed = Take<rtmsg>(message->body);
  if (message->type != RTM_NEWROUTE || !fixed)
    return Fail(Code::kDataLoss, "ask routing table: not a route");
  Route route{.exists = fixed->rtm_type == RTN_UNICAST || fixed->rtm_type == RTN_LOCAL,
              .is_local = fixed->rtm_type == RTN_LOCAL,
              .has_gateway = false,
              .prefix_bits = fixed->rtm_dst_len,
              .interface = 0};
  View attributes = Behind(message->body, sizeof *fixed);
  while (const auto attribute = NextAttribute(attributes)) {
    // Several ways at once are never a container's network: they are routes to somewhere else.
    if (attribute->type == RTA_GATEWAY || attribute->type == RTA_VIA ||
        attribute->type == RTA_MULTIPATH) {
      route.has_gateway = true;
    }
    if (attribute->type == RTA_OIF) route.interface = Take<int>(attribute->body).value_or(0);
  }
  return route;
}

bool IsCutOffKind(const std::string& kind) {
  return kind == "macvlan" || kind == "macvtap" || kind == "ipvlan" || kind == "ipvtap";
}

bool Interfaces::is_cut_off(const std::string& ip) const {
  const auto index = by_ip.find(ip);
  const auto kind = index == by_ip.end() ? kinds.end() : kinds.find(index->second);
  return kind != kinds.end() && IsCutOffKind(kind->second);
}

Bytes LinksQuestion() {
  return Question(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}, {});
}

Bytes AddressesQuestion() {
  return Question(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}, {});
}

Result<bool> ReadInterfaces(std::span<const std::byte> answer, Interfaces& into) {
  while (const auto message = NextMessage(answer)) {
    if (message->type == NLMSG_DONE) return false;
    if (message->type == NLMSG_ERROR) {
      return std::unexpected(
          RefusedWith(-Take<nlmsgerr>(message->body).value_or(nlmsgerr{}).error));
    }
    if (message->type == RTM_NEWADDR) ReadAddress(message->body, into);
    if (message->type == RTM_NEWLINK) ReadLink(message->body, into);
  }
  return true;
}

}  // namespace fairlead::netdiag
