// PeerBook: who makes a call.
//
// Why: gRPC gives a call no credentials, but a connection handed to it by descriptor is called
// "fd:N" for all its life, and no other connection has that number meanwhile. A call inside the
// process says itself who asked, in metadata that counts there alone.
// Threads: any; locked.
// Invariant: at most as many entries as descriptors; a number that is used again is overwritten.
#pragma once

#include <grpcpp/server_context.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "access/caller.h"

namespace fairlead::admin {

class PeerBook {
 public:
  // REQUIRES: before gRPC knows the descriptor.
  void Enter(int descriptor, access::Caller who) {
    const std::lock_guard lock(mutex_);
    known_["fd:" + std::to_string(descriptor)] = std::move(who);
  }

  access::Caller CallerOf(const grpc::ServerContextBase& context) const {
    const std::string peer = context.peer();
    if (peer != kInProcess) return CallerOf(peer);
    access::Caller caller;
    for (const auto& [key, value] : context.client_metadata())
      access::TakeFromMetadata({key.data(), key.size()}, {value.data(), value.size()}, caller);
    return caller;
  }

  // `peer` as the transport names it: of the book, else nobody.
  access::Caller CallerOf(std::string_view peer) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(peer);
    return found != known_.end() ? found->second : access::Caller();
  }

 private:
  // What gRPC calls the other end of a channel inside the process. One from outside is "fd:N".
  static constexpr const char* kInProcess = "unknown";

  mutable std::mutex mutex_;
  std::map<std::string, access::Caller, std::less<>> known_;
};

}  // namespace fairlead::admin
