// PeerBook: whose connection a call came on.
//
// Why: gRPC gives a call no credentials, but a connection handed to it by descriptor is called
// "fd:N" for all its life, and no other connection has that number meanwhile.
// Threads: any; locked.
// Invariant: at most as many entries as descriptors; a number that is used again is overwritten.
#pragma once

#include <grpcpp/server_context.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace fairlead::admin {

// In the metadata of calls inside the process: who asked there, as Describe() would say it.
inline constexpr const char* kPeerKey = "fairlead-peer";

class PeerBook {
 public:
  // REQUIRES: before gRPC knows the descriptor.
  void Enter(int descriptor, std::uint32_t uid) { Enter(descriptor, "uid:" + std::to_string(uid)); }
  // `who` as transports name a peer: "ipv4:127.0.0.1:51234".
  void Enter(int descriptor, std::string who) {
    const std::lock_guard lock(mutex_);
    known_["fd:" + std::to_string(descriptor)] = std::move(who);
  }

  // Who makes this call. Its metadata counts only inside the process, where we wrote it.
  std::string Describe(const grpc::ServerContextBase& context) const {
    const std::string peer = context.peer();
    if (peer != kInProcess) return Describe(peer);
    const auto told = context.client_metadata().find(kPeerKey);
    if (told == context.client_metadata().end()) return peer;
    return {told->second.data(), told->second.size()};
  }

  // `peer` as the transport names it; "uid:1000" for a connection of the book, else itself.
  std::string Describe(std::string_view peer) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(peer);
    return found == known_.end() ? std::string(peer) : found->second;
  }

 private:
  // What gRPC calls the other end of a channel inside the process. One from outside has an address,
  // or is "fd:N".
  static constexpr const char* kInProcess = "unknown";

  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> known_;
};

}  // namespace fairlead::admin
