// ServerLoop: what all connections of one server share, and the end-of-turn work.
//
// Why: handlers are called back (OnWritten, OnClosed) and connections destroyed only from the loop
// itself, never from inside a Write() or Finish() of theirs; so neither side need fear that the
// object it stands in disappears. Things to do are collected and done once per turn of the loop.
// Threads: the event loop's.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "h2/outbox.h"
#include "h2/server.h"
#include "runtime/event_loop.h"

namespace fairlead::h2 {

class ServerCall;
class ServerConnection;

class ServerLoop {
 public:
  using Reap = std::function<void(ServerConnection&)>;
  // Whom we have cut off for what it did. True: it was cut off too often (arrivals.h).
  using Offended = std::function<bool(const Peer&)>;

  // `reap` destroys a connection that was doomed.
  ServerLoop(runtime::EventLoop& event_loop, const ServerLimits& limits, Router& router, Reap reap,
             Offended offended);
  ~ServerLoop();

  // The call's message has left; its handler hears so at the end of the turn.
  void Written(ServerCall& call);
  // The call is over; its handler hears so, and both are destroyed, at the end of the turn.
  void Closed(std::unique_ptr<ServerCall> call);
  void Doom(ServerConnection& connection);
  // Its turn is over, and there is more to read that no socket tells of.
  void ReadAgain(ServerConnection& connection);

  const ServerLimits limits;
  const Offended offended;
  Router& router;
  runtime::EventLoop& poller;
  Gather gather;
  // What one connection says before others get their turn: no more than a few hundred requests,
  // half a millisecond.
  std::array<std::byte, 16 * 1024> read_buffer;
  std::vector<ServerCall*> written;  // scratch of a flush
  ServerCounters counters;
  std::size_t buffered_bytes = 0;  // unfinished messages of all connections
  std::size_t partings = 0;        // connections that are refused and may read why

 private:
  void Schedule();
  void EndTurn();

  const Reap reap_;
  // A call that closes while it is in one of these leaves a null.
  std::vector<ServerCall*> written_calls_;
  std::vector<ServerCall*> telling_;  // the turn that runs
  std::vector<std::unique_ptr<ServerCall>> closed_;
  std::vector<ServerConnection*> doomed_;
  std::vector<ServerConnection*> unread_;
  bool scheduled_ = false;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::h2
