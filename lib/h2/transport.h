// Transport: bytes into and out of one connected socket, without ever waiting.
//
// Why: connections and calls need only these few verbs, so TLS (tls_transport.h) takes the plain
// socket's place without a change above it.
// Threads: one, the connection's loop.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fairlead::h2 {

enum class IoState { kDone, kWouldBlock, kEnd, kFailed, kTrouble };

struct IoOutcome {
  IoState state = IoState::kDone;
  std::size_t bytes = 0;  // moved, when kDone
  int error = 0;          // errno, when kFailed
};

class Transport {
 public:
  virtual ~Transport() = default;
  // What both sides have to agree on before the first byte. kWouldBlock: the socket's next
  // readiness, either way, is the time to call again. Once kDone, bytes of the peer may have come
  // already that the socket does not tell of any more: read. A plain socket has nothing to agree
  // on.
  virtual IoOutcome Establish() { return {}; }
  // kEnd: the peer closed its side. Fewer bytes than the buffer holds: there are no more for now,
  // and what comes is told by the socket.
  virtual IoOutcome Read(std::span<std::byte> buffer) = 0;
  // Bytes of the peer are here already, which the socket does not tell of any more: who has filled
  // its buffer and stops reading comes back for them by itself.
  virtual bool has_unread() const { return false; }
  // Takes as many bytes as the socket does, possibly fewer than offered. At most 1,024 pieces. What
  // was offered and not taken must come first in the next offer.
  virtual IoOutcome Write(std::span<const iovec> pieces) = 0;
  // Tells the peer that nothing more will come; what it says may still be read from the socket.
  virtual void EndWriting();
  // After kTrouble: what stands between us and the peer above the socket, for people.
  virtual std::string trouble() const { return {}; }
  // And whether the peer has brought it about: by what it sent, or by leaving amid the handshake.
  virtual bool is_peers_fault() const { return false; }
  // Once established: who the peer is, by a certificate that was verified, as tls::ExactNamesOf()
  // says it, one name a line: "DNS:a.b\nURI:spiffe://c/d". Empty: it showed none.
  virtual std::string peer_names() const { return {}; }
  // The descriptor to watch for readiness.
  virtual int descriptor() const = 0;
};

// Owns `descriptor`, a connected non-blocking stream socket, and closes it.
std::unique_ptr<Transport> MakePlainTransport(int descriptor);
// The same where others have read from the socket already: `read` comes first.
std::unique_ptr<Transport> MakeBegunTransport(int descriptor, std::vector<std::byte> read);

// Puts a transport on a socket of a connection that is being made, and owns the descriptor. For
// those that have something to establish; empty stands for MakePlainTransport().
using TransportMaker = std::function<std::unique_ptr<Transport>(int descriptor)>;

}  // namespace fairlead::h2
