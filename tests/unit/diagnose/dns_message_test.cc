#include "diagnose/dns_message.h"

#include <gtest/gtest.h>

namespace fairlead::diagnose {
namespace {

using Ips = std::vector<std::string>;

std::vector<std::byte> Bytes(std::initializer_list<int> numbers) {
  std::vector<std::byte> bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

// An answer to "api" (A, id 7) with two records behind a name that points back.
std::vector<std::byte> Answer() {
  return Bytes({0, 7,    0x81, 0x80, 0,  1, 0, 2, 0, 0, 0,  0, 3,  'a', 'p', 'i', 0,  0,
                1, 0,    1,    0xC0, 12, 0, 1, 0, 1, 0, 0,  2, 88, 0,   4,   172, 18, 0,
                2, 0xC0, 12,   0,    1,  0, 1, 0, 0, 2, 88, 0, 4,  172, 18,  0,   3});
}

TEST(DnsQuestion, IsOneQuestionOfTheInternet) {
  EXPECT_EQ(DnsQuestion("api.shop", AddressFamily::kIpv6, 0x0102),
            Bytes({1,   2,   1,   0, 0,   1,   0,   0,   0, 0, 0,  0, 3,
                   'a', 'p', 'i', 4, 's', 'h', 'o', 'p', 0, 0, 28, 0, 1}));
  EXPECT_EQ(DnsQuestion("api", AddressFamily::kIpv4, 7),
            DnsQuestion("api.", AddressFamily::kIpv4, 7));
}

TEST(DnsQuestion, OfWhatCanBeNoNameIsNone) {
  for (const std::string& name : {std::string(), std::string("."), std::string("a..b"),
                                  std::string(".a"), std::string(64, 'a'), std::string(300, 'a')})
    EXPECT_FALSE(DnsQuestion(name, AddressFamily::kIpv4, 1)) << name.substr(0, 10);
}

TEST(DnsAnswer, GivesTheAddressesOfItsFamily) {
  EXPECT_EQ(DnsAnswer(Answer(), AddressFamily::kIpv4, 7), (Ips{"172.18.0.2", "172.18.0.3"}));
  EXPECT_EQ(DnsAnswer(Answer(), AddressFamily::kIpv6, 7), Ips());
}

TEST(DnsAnswer, NoSuchNameIsAnAnswerAndAFailureIsNone) {
  std::vector<std::byte> none = Answer();
  none.resize(12);
  none[5] = none[7] = std::byte{0};
  none[3] = std::byte{0x83};
  EXPECT_EQ(DnsAnswer(none, AddressFamily::kIpv4, 7), Ips());
  none[3] = std::byte{0x82};  // SERVFAIL
  EXPECT_FALSE(DnsAnswer(none, AddressFamily::kIpv4, 7));
}

TEST(DnsAnswer, OfAnotherQuestionOrCutShortIsNone) {
  EXPECT_FALSE(DnsAnswer(Answer(), AddressFamily::kIpv4, 8));
  std::vector<std::byte> question = Answer();
  question[2] = std::byte{1};
  EXPECT_FALSE(DnsAnswer(question, AddressFamily::kIpv4, 7));
  const std::vector<std::byte> whole = Answer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(DnsAnswer(std::span(whole).first(size), AddressFamily::kIpv4, 7)) << size;
  }
}

TEST(DnsAnswer, LoopsAndHugeCountsEnd) {
  std::vector<std::byte> bytes = Answer();
  bytes[4] = bytes[6] = std::byte{0xFF};
  EXPECT_FALSE(DnsAnswer(bytes, AddressFamily::kIpv4, 7));
  EXPECT_FALSE(
      DnsAnswer(std::vector<std::byte>(4096, std::byte{0xC0}), AddressFamily::kIpv4, 0xC0C0));
}

TEST(NameServers, AreTheFirstThreeLiteralAddresses) {
  EXPECT_EQ(NameServers("# c\nsearch lan\nnameserver 127.0.0.11\noptions ndots:0\n"),
            Ips{"127.0.0.11"});
  EXPECT_EQ(NameServers("nameserver\tfd00::1  # v6\nnameserver 1.1.1.1\r\nnameserver x\n"
                        "nameserver 2.2.2.2\nnameserver 3.3.3.3"),
            (Ips{"fd00::1", "1.1.1.1", "2.2.2.2"}));
  EXPECT_EQ(NameServers("nameserver1.2.3.4\nnameserver \n"), Ips());
}

}  // namespace
}  // namespace fairlead::diagnose
