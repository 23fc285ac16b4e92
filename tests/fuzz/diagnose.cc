// What a container's name server, its resolv.conf and the kernel's tables say: any bytes give
// literal addresses, or nothing.
#include <arpa/inet.h>

#include <array>
#include <span>
#include <string>

#include "base/check.h"
#include "diagnose/dns_message.h"
#include "diagnose/proc_net.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

bool IsLiteralAddress(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return inet_pton(AF_INET, text.c_str(), buffer.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer.data()) == 1;
}

}  // namespace

int FuzzDiagnose(std::string_view input) {
  const auto bytes = std::as_bytes(std::span(input));
  for (const auto family : {diagnose::AddressFamily::kIpv4, diagnose::AddressFamily::kIpv6}) {
    const auto ips = diagnose::DnsAnswer(bytes, family, 0x6661);
    for (const std::string& ip : ips.value_or(std::vector<std::string>()))
      CHECK(IsLiteralAddress(ip));
    const auto question = diagnose::DnsQuestion(input, family, 0x6661);
    // A question is no answer, even to itself.
    CHECK(!question || !diagnose::DnsAnswer(*question, family, 0x6661));
  }
  for (const std::string& server : diagnose::NameServers(input)) CHECK(IsLiteralAddress(server));
  for (const diagnose::TcpSocket& socket : diagnose::ReadTcpTable(input))
    CHECK(IsLiteralAddress(socket.local_ip) && IsLiteralAddress(socket.remote_ip));
  return 0;
}

}  // namespace fairlead::fuzz
