// Bytes as the kernel sends them, and what they mean.
#include "netdiag/rtnetlink.h"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace fairlead::netdiag {
namespace {

template <class Value>
void Put(Bytes& bytes, const Value& value) {
  const auto view = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), view.begin(), view.end());
  while (bytes.size() % NLMSG_ALIGNTO != 0) bytes.push_back(std::byte{0});
}

Bytes Attribute(unsigned short type, const Bytes& body) {
  Bytes bytes;
  Put(bytes, rtattr{.rta_len = static_cast<unsigned short>(sizeof(rtattr) + body.size()),
                    .rta_type = type});
  bytes.insert(bytes.end(), body.begin(), body.end());
  while (bytes.size() % NLMSG_ALIGNTO != 0) bytes.push_back(std::byte{0});
  return bytes;
}
Bytes Attribute(unsigned short type, const std::string& text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size() + 1));
  return Attribute(type, Bytes(view.begin(), view.end()));
}
Bytes Attribute(unsigned short type, int number) {
  const auto view = std::as_bytes(std::span(&number, 1));
  return Attribute(type, Bytes(view.begin(), view.end()));
}

template <class Fixed>
Bytes Message(unsigned short type, const Fixed& fixed, const Bytes& attributes = {}) {
  Bytes bytes;
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_len =
      static_cast<unsigned>(sizeof head + NLMSG_ALIGN(sizeof fixed) + attributes.size());
  Put(bytes, head);
  Put(bytes, fixed);
  bytes.insert(bytes.end(), attributes.begin(), attributes.end());
  return bytes;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes RouteMessage(unsigned char type, unsigned char prefix_bits, const Bytes& attributes = {}) {
  rtmsg fixed{};
  fixed.rtm_family = AF_INET;
  fixed.rtm_type = type;
  fixed.rtm_dst_len = prefix_bits;
  return Message(RTM_NEWROUTE, fixed, attributes);
}
Bytes Refusal(int error) {
  nlmsgerr fixed{};
  fixed.error = -error;
  return Message(NLMSG_ERROR, fixed);
}
const Bytes kGateway = Attribute(RTA_GATEWAY, Bytes(4, std::byte{1}));

TEST(Route, OnlyWhatIsReachedDirectlyIsOnLink) {
  const struct {
    const char* what;
    Bytes answer;
    bool is_on_link;
  } rows[] = {
      {"a bridge's network", RouteMessage(RTN_UNICAST, 24, Attribute(RTA_OIF, 3)), true},
      {"one address on a device", RouteMessage(RTN_UNICAST, 32, Attribute(RTA_OIF, 3)), true},
      {"our own address", RouteMessage(RTN_LOCAL, 32), true},
      {"a network behind a gateway", RouteMessage(RTN_UNICAST, 24, kGateway), false},
      {"behind a gateway of the other family",
       RouteMessage(RTN_UNICAST, 24, Attribute(RTA_VIA, Bytes(18, std::byte{1}))), false},
      {"several ways", RouteMessage(RTN_UNICAST, 24, Attribute(RTA_MULTIPATH, Bytes(8))), false},
      {"the default route", RouteMessage(RTN_UNICAST, 0, kGateway), false},
      {"a default route without a gateway", RouteMessage(RTN_UNICAST, 0), false},
      {"a black hole", RouteMessage(RTN_BLACKHOLE, 24), false},
      {"unreachable by decree", RouteMessage(RTN_UNREACHABLE, 24), false},
      {"a broadcast address", RouteMessage(RTN_BROADCAST, 32), false},
      {"no route", Refusal(ENETUNREACH), false},
      {"a host that is refused", Refusal(EHOSTUNREACH), false},
      {"a prohibition", Refusal(EACCES), false},
  };
  for (const auto& row : rows) {
    const Result<Route> route = ReadRoute(row.answer);
    ASSERT_TRUE(route) << row.what << ": " << route.error().Text();
    EXPECT_EQ(IsOnLink(*route), row.is_on_link) << row.what;
  }
}

TEST(Route, NamesTheInterface) {
  EXPECT_EQ(ReadRoute(RouteMessage(RTN_UNICAST, 24, Attribute(RTA_OIF, 7)))->interface, 7);
}

TEST(Route, AnythingElseIsAnErrorAndNoVerdict) {
  EXPECT_EQ(ReadRoute(Refusal(ENOMEM)).error().code, Code::kInternal);
  EXPECT_EQ(ReadRoute(Message(NLMSG_DONE, int{0})).error().code, Code::kDataLoss);
  const Bytes whole = RouteMessage(RTN_UNICAST, 24, kGateway);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReadRoute(std::span(whole).first(size)).error().code, Code::kDataLoss) << size;
  }
}

TEST(Route, AnAttributeLongerThanItsMessageIsIgnored) {
  Bytes broken = Attribute(RTA_GATEWAY, Bytes(4));
  broken[0] = std::byte{200};
  EXPECT_FALSE(ReadRoute(RouteMessage(RTN_UNICAST, 24, broken))->has_gateway);
  broken[0] = std::byte{0};  // and one of no length does not hold up the reader
  EXPECT_FALSE(ReadRoute(RouteMessage(RTN_UNICAST, 24, broken))->has_gateway);
}

TEST(Route, IsAskedForAnAddressOfEitherFamilyAndForNothingElse) {
  EXPECT_EQ(RouteQuestion("10.0.0.1")->size(), sizeof(nlmsghdr) + sizeof(rtmsg) + 4 + 4);
  EXPECT_EQ(RouteQuestion("fd00::1")->size(), sizeof(nlmsghdr) + sizeof(rtmsg) + 4 + 16);
  for (const char* text : {"", "api", "10.0.0", "10.0.0.1:80", ":", "fd00::g"}) {
    EXPECT_EQ(RouteQuestion(text).error().code, Code::kInvalidArgument) << text;
  }
}

Bytes Link(int index, const std::string& kind) {
  ifinfomsg fixed{};
  fixed.ifi_index = index;
  const Bytes info =
      kind.empty() ? Bytes() : Attribute(IFLA_LINKINFO, Attribute(IFLA_INFO_KIND, kind));
  return Message(RTM_NEWLINK, fixed, Attribute(IFLA_IFNAME, std::string("eth0")) + info);
}
Bytes Address(unsigned index, const Bytes& attributes) {
  ifaddrmsg fixed{};
  fixed.ifa_family = AF_INET;
  fixed.ifa_index = index;
  return Message(RTM_NEWADDR, fixed, attributes);
}
Bytes Ip(unsigned char last) {
  return {std::byte{10}, std::byte{0}, std::byte{0}, std::byte{last}};
}

TEST(Interfaces, AnAddressIsCutOffByTheKindOfItsInterface) {
  Interfaces found;
  EXPECT_TRUE(*ReadInterfaces(Link(1, "") + Link(2, "veth") + Link(3, "macvlan"), found));
  EXPECT_TRUE(
      *ReadInterfaces(Address(2, Attribute(IFA_ADDRESS, Ip(2))) +
                          Address(3, Attribute(IFA_LOCAL, Ip(3)) + Attribute(IFA_ADDRESS, Ip(9))),
                      found));
  EXPECT_FALSE(*ReadInterfaces(Message(NLMSG_DONE, int{0}), found));
  EXPECT_FALSE(found.is_cut_off("10.0.0.2"));
  EXPECT_TRUE(found.is_cut_off("10.0.0.3"));
  EXPECT_FALSE(found.is_cut_off("10.0.0.9")) << "the peer's address is not its own";
  EXPECT_FALSE(found.is_cut_off("10.0.0.8"));
  for (const char* kind : {"macvlan", "macvtap", "ipvlan", "ipvtap"})
    EXPECT_TRUE(IsCutOffKind(kind));
  for (const char* kind : {"", "veth", "bridge", "vlan"}) EXPECT_FALSE(IsCutOffKind(kind));
}

TEST(Interfaces, ADamagedAnswerIsReadAsFarAsItGoes) {
  const Bytes whole = Link(2, "macvlan") + Address(2, Attribute(IFA_LOCAL, Ip(2)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Interfaces found;
    EXPECT_TRUE(*ReadInterfaces(std::span(whole).first(size), found)) << size;
    EXPECT_FALSE(found.is_cut_off("10.0.0.2")) << size;
  }
  Interfaces none;
  EXPECT_EQ(ReadInterfaces(Refusal(EPERM), none).error().code, Code::kInternal);
}

}  // namespace
}  // namespace fairlead::netdiag
