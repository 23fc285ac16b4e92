#include "diagnose/dns_message.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dns/message.h"
#include "dns/name.h"

namespace fairlead::diagnose {
namespace {

constexpr std::size_t kServersMax = 3;
constexpr int kNoSuchName = 3;
// A header, a name and what is asked of it.
constexpr std::size_t kQuestionBytesMax = dns::kHeaderBytes + dns::kNameBytesMax + 4;

std::uint16_t TypeOf(AddressFamily family) {
  return family == AddressFamily::kIpv4 ? dns::kA : dns::kAaaa;
}

}  // namespace

std::optional<std::vector<std::byte>> DnsQuestion(std::string_view name, AddressFamily family,
                                                  std::uint16_t id) {
  std::optional<dns::Name> labels = dns::ParseName(name);
  if (!labels || labels->empty()) return std::nullopt;
  dns::MessageWriter writer({.id = id, .wants_recursion = true}, kQuestionBytesMax);
  writer.Ask({.name = *std::move(labels), .type = TypeOf(family)});
  return std::move(writer).Take();
}

std::optional<std::vector<std::string>> DnsAnswer(std::span<const std::byte> message,
                                                  AddressFamily family, std::uint16_t id) {
  const std::optional<dns::Message> read = dns::ReadMessage(message);
  if (!read) return std::nullopt;
  const dns::Header& header = read->header;
  const bool is_final = header.code == 0 || header.code == kNoSuchName;
  if (header.id != id || !header.is_response || !is_final) return std::nullopt;
  std::vector<std::string> ips;
  const std::size_t wanted = family == AddressFamily::kIpv4 ? 4 : 16;
  for (const dns::Record& record : read->answers) {
    if (record.type != TypeOf(family) || record.data.size() != wanted) continue;
    std::array<char, INET6_ADDRSTRLEN> shown{};
    inet_ntop(wanted == 4 ? AF_INET : AF_INET6, record.data.data(), shown.data(), shown.size());
    ips.emplace_back(shown.data());
  }
  return ips;
}

std::vector<std::string> NameServers(std::string_view resolv_conf) {
  constexpr std::string_view kKey = "nameserver";
  std::vector<std::string> servers;
  while (!resolv_conf.empty() && servers.size() < kServersMax) {
    const std::size_t end = std::min(resolv_conf.find('\n'), resolv_conf.size());
    std::string_view line = resolv_conf.substr(0, end);
    resolv_conf.remove_prefix(std::min(end + 1, resolv_conf.size()));
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    if (begin == 0) continue;
    const std::string server(line.substr(begin, line.find_first_of(" \t\r", begin) - begin));
    std::array<unsigned char, sizeof(in6_addr)> buffer{};
    if (inet_pton(AF_INET, server.c_str(), buffer.data()) == 1 ||
        inet_pton(AF_INET6, server.c_str(), buffer.data()) == 1) {
      servers.push_back(server);
    }
  }
  return servers;
}

}  // namespace fairlead::diagnose
