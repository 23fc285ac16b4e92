// ProcNet: the kernel's tables of TCP sockets, /proc/PID/net/tcp and tcp6, as values. Pure.
//
// Why these: they show the network namespace of that process to whoever may read them, without
// entering it; proc(5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::diagnose {

struct TcpSocket {
  std::string local_ip;  // literal; IPv4-mapped addresses as IPv4
  std::uint16_t local_port = 0;
  std::string remote_ip;
  std::uint16_t remote_port = 0;
  int state = 0;  // as the kernel counts: 1 established, 10 listening
  bool operator==(const TcpSocket&) const = default;
};

inline constexpr int kTcpEstablished = 1;
inline constexpr int kTcpListening = 10;

// The sockets of both tables' lines; lines that are none are passed over. At most kSocketsMax.
inline constexpr std::size_t kSocketsMax = 65'536;
std::vector<TcpSocket> ReadTcpTable(std::string_view text);

}  // namespace fairlead::diagnose
