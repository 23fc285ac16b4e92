// Question: one way of asking one target how it is, over and over.
//
// Threads: the prober's loop.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "h2/client.h"
#include "health/limits.h"
#include "health/prober.h"
#include "health/tls_profiles.h"
#include "spec/check.h"

namespace fairlead::health {

class QuestionEvents {
 public:
  virtual ~QuestionEvents() = default;
  // The outcome of the one check in progress; its latency is not filled in. Also called from inside
  // Ask() and Expire(). The question may not be destroyed from here.
  virtual void OnOutcome(const spec::CheckOutcome& outcome) = 0;
  virtual void OnPeerClosed() = 0;
  // The transport question is answered. Nothing may be asked from here.
  virtual void OnAlive() {}
  // The server wants no transport questions; none is asked any more.
  virtual void OnTransportRefused() {}
  // Between two checks it has cost more than its limits: CheckOutcome::is_over_limit.
  virtual void OnOverLimit(const spec::CheckOutcome& /*outcome*/) {}
  // A message of the watch beside the checks. The question may not be destroyed from here.
  virtual void OnWatched(std::span<const std::byte> message) = 0;
  // Asks for memory that OnOutcome() will need (base/prefetch.h). A hint.
  virtual void FetchAhead() const {}
};

// Where a question goes, who makes the socket for it, and what is spoken over it.
struct Destination {
  h2::SocketAddress address;
  h2::SocketMaker make_socket;        // empty: an ordinary socket
  h2::TransportMaker make_transport;  // empty: plaintext
};

class Question {
 public:
  virtual ~Question() = default;
  // Asks, and with it the transport if `with_transport`. REQUIRES: no check is in progress;
  // CanAskTransport() for the transport.
  virtual void Ask(bool with_transport) = 0;
  // Whether there is a connection whose transport may be asked, and is not being asked.
  virtual bool CanAskTransport() const { return false; }
  // An answer of the transport may still come.
  virtual bool IsTransportOpen() const { return false; }
  // Asks the transport alone. REQUIRES: CanAskTransport().
  virtual void AskTransport() {}
  // Takes in what already lies in the socket.
  virtual void ReadNow() = 0;
  // The limit has passed. What already lies in the socket still counts; else the outcome is
  // kTimeout. OnOutcome() has been called when this returns. REQUIRES: a check is in progress.
  virtual void Expire() = 0;
  // Asks for memory that Ask() will need (base/prefetch.h), in steps 0 and 1. A hint.
  virtual void FetchAhead(std::size_t /*step*/) const {}
};

// What the questions of one prober share. All of it must outlive them.
struct QuestionTools {
  h2::ClientLoop& loop;
  const ProberLimits& limits;
  const SocketInside& socket_inside;
  const TlsProfiles& tls;
};

// The question for the target's protocol: grpc, tcp or http. Never null; a target whose address is
// no address answers kNoRoute, and so does one whose namespace cannot be entered, each time.
std::unique_ptr<Question> MakeQuestion(const QuestionTools& tools, const spec::CheckTarget& target,
                                       QuestionEvents& events);

// Connects anew each time, says `bytes` and reads the answer as one_shot.h does; without TLS.
std::unique_ptr<Question> MakeRawQuestion(const QuestionTools& tools,
                                          const spec::CheckTarget& target, std::string bytes,
                                          QuestionEvents& events);

}  // namespace fairlead::health
