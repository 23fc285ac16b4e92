#include "diagnose/dns_message.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace fairlead::diagnose {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kNameBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kServersMax = 3;
constexpr int kNoSuchName = 3;

int TypeOf(AddressFamily family) {
  return family == AddressFamily::kIpv4 ? 1 : 28;  // A, AAAA
}

void Put16(std::vector<std::byte>& out, int value) {
  out.push_back(static_cast<std::byte>(value >> 8 & 0xFF));
  out.push_back(static_cast<std::byte>(value & 0xFF));
}

// Reads forward; past the end everything is zero and `is_whole` is false.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
  int Take8() {
    if (at_ >= bytes_.size()) {
      is_whole = false;
      return 0;
    }
    return static_cast<int>(bytes_[at_++]);
  }
  int Take16() {
    const int high = Take8();
    return high << 8 | Take8();
  }
  std::span<const std::byte> Take(std::size_t count) {
    if (count > bytes_.size() - at_) {
      is_whole = false;
      at_ = bytes_.size();
      return {};
    }
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  // A name's labels are of no interest, nor is where a pointer leads.
  void SkipName() {
    for (;;) {
      const int length = Take8();
      if (!is_whole || length == 0) return;
      if ((length & 0xC0) != 0) {
        Take8();
        return;
      }
      Take(static_cast<std::size_t>(length));
    }
  }
  bool is_whole = true;

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<std::byte>> DnsQuestion(std::string_view name, AddressFamily family,
                                                  std::uint16_t id) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kNameBytesMax) return std::nullopt;
  std::vector<std::byte> out;
  Put16(out, id);
  Put16(out, 0x0100);  // recursion desired
  for (const int count : {1, 0, 0, 0}) Put16(out, count);
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (dot == 0 || dot > kLabelBytesMax || dot + 1 == name.size()) return std::nullopt;
    out.push_back(static_cast<std::byte>(dot));
    for (const char c : name.substr(0, dot)) out.push_back(static_cast<std::byte>(c));
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  out.push_back(std::byte{0});
  Put16(out, TypeOf(family));
  Put16(out, 1);  // the Internet
  return out;
}

std::optional<std::vector<std::string>> DnsAnswer(std::span<const std::byte> message,
                                                  AddressFamily family, std::uint16_t id) {
  if (message.size() < kHeaderBytes) return std::nullopt;
  Bytes in(message);
  const bool is_ours = in.Take16() == id;
  const int flags = in.Take16();
  const int questions = in.Take16();
  const int answers = in.Take16();
  in.Take16();
  in.Take16();
  const bool is_answer = (flags & 0x8000) != 0;
  const int code = flags & 0xF;
  if (!is_ours || !is_answer || (code != 0 && code != kNoSuchName)) return std::nullopt;
  for (int i = 0; i < questions && in.is_whole; ++i) {
    in.SkipName();
    in.Take(4);
  }
  std::vector<std::string> ips;
  for (int i = 0; i < answers && in.is_whole; ++i) {
    in.SkipName();
    const int type = in.Take16();
    in.Take(6);  // class, time to live
    const std::span<const std::byte> data = in.Take(static_cast<std::size_t>(in.Take16()));
    const std::size_t wanted = family == AddressFamily::kIpv4 ? 4 : 16;
    if (type != TypeOf(family) || data.size() != wanted) continue;
    std::array<char, INET6_ADDRSTRLEN> shown{};
    inet_ntop(wanted == 4 ? AF_INET : AF_INET6, data.data(), shown.data(), shown.size());
    ips.emplace_back(shown.data());
  }
  if (!in.is_whole) return std::nullopt;
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
