#include "diagnose/proc_net.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

namespace fairlead::diagnose {
namespace {

std::string_view NextWord(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(begin);
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

template <class Number>
std::optional<Number> Hex(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "0100007F:C383", or 32 digits: words of four bytes as this machine's memory has them.
bool ReadAddress(std::string_view text, std::string& ip, std::uint16_t& port) {
  const std::size_t colon = text.find(':');
  if (colon != 8 && colon != 32) return false;
  const auto number = Hex<std::uint16_t>(text.substr(colon + 1));
  if (!number) return false;
  port = *number;
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < colon / 8; ++i) {
    const auto word = Hex<std::uint32_t>(text.substr(i * 8, 8));
    if (!word) return false;
    words.at(i) = *word;
  }
  std::array<char, INET6_ADDRSTRLEN> shown{};
  const bool is_mapped = colon == 32 && words[0] == 0 && words[1] == 0 && words[2] == htonl(0xFFFF);
  if (colon == 8 || is_mapped) {
    inet_ntop(AF_INET, colon == 8 ? &words[0] : &words[3], shown.data(), shown.size());
  } else {
    inet_ntop(AF_INET6, words.data(), shown.data(), shown.size());
  }
  ip = shown.data();
  return true;
}

}  // namespace

std::vector<TcpSocket> ReadTcpTable(std::string_view text) {
  std::vector<TcpSocket> sockets;
  while (!text.empty() && sockets.size() < kSocketsMax) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    NextWord(line);  // the line's number
    TcpSocket socket;
    if (!ReadAddress(NextWord(line), socket.local_ip, socket.local_port)) continue;
    if (!ReadAddress(NextWord(line), socket.remote_ip, socket.remote_port)) continue;
    const auto state = Hex<std::uint8_t>(NextWord(line));
    if (!state) continue;
    socket.state = *state;
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace fairlead::diagnose
