// UnixAcceptor: listens on unix sockets and hands over the connections of admitted processes.
//
// Why: gRPC 1.51 does not tell a server who connected, so the admin plane accepts by itself and
// gives gRPC only what passed the gate. A refused peer is hung up on before the first byte: that is
// what makes gRPC clients wait before they try again; the reason is in the daemon's log.
// Threads: one of its own, on which `gate` and `take` are called; Stop from outside.
// Invariant: a socket file exists with its final mode before anybody can connect, and is removed
// at the end only while it is still ours.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "runtime/peer_process.h"

namespace fairlead::admin {

class UnixAcceptor {
 public:
  using Gate = std::function<Result<>(const runtime::PeerProcess& peer)>;
  // Owns the descriptor: connected, non-blocking, close-on-exec.
  using Take = std::function<void(int descriptor, const runtime::PeerProcess& peer)>;
  // A peer was refused, or accepting failed; called on the acceptor's thread.
  using Refused = std::function<void(const runtime::PeerProcess& peer, const Error& why)>;

  UnixAcceptor() = default;
  ~UnixAcceptor();  // stops
  UnixAcceptor(const UnixAcceptor&) = delete;
  UnixAcceptor& operator=(const UnixAcceptor&) = delete;

  // Binds `path` (mode 0660); connections wait until Start. The place is prepared already
  // (PrepareSocket). kFailedPrecondition: in use or not permitted. Not after Start.
  Result<> Listen(const std::string& path);

  // Accepts until Stop. kResourceExhausted: no descriptor left for the wake-up.
  Result<> Start(Gate gate, Take take, Refused refused);

  // Closes the listening sockets and joins. Idempotent.
  void Stop();

 private:
  struct Socket {
    std::string path;
    int descriptor = -1;
    unsigned long inode = 0;
  };
  void Run();
  // Accepts what waits at one socket. False when there is nothing to accept with for a while.
  bool AcceptAll(int listening);
  void Judge(int descriptor);

  std::vector<Socket> sockets_;  // constant between Start and Stop
  Gate gate_;
  Take take_;
  Refused refused_;
  int wake_ = -1;  // an eventfd that becomes readable at Stop
  std::thread thread_;
};

}  // namespace fairlead::admin
