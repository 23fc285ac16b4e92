// Peer: who is at the other end of a connection that a server has accepted. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace fairlead::h2 {

struct Peer {
  bool is_unix = false;
  std::int32_t pid = 0;  // SO_PEERCRED, unix sockets only
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string address;  // literal IP for TCP, empty for unix
  std::uint16_t port = 0;
  std::string local_address;  // ours, that it has come to: a literal IP for TCP, empty for unix
  // Of its certificate, once TLS has verified that: as Transport::peer_names(). Empty: none shown.
  std::string names;
  // Of the connection, never used again while the server lives: what comes with one number comes
  // from one peer.
  std::uint64_t connection = 0;
};

// Who shares the limits of a peer: one address, or one process on this host.
inline std::string KeyOf(const Peer& peer) {
  return peer.is_unix ? "pid " + std::to_string(peer.pid) : peer.address;
}

}  // namespace fairlead::h2
