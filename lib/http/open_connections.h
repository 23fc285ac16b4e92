// OpenConnections: who is connected, what all of them share, and who has to make room.
//
// Threads: the server's loop.
// Invariant: connections() <= limits.connections_max, streams() <= limits.streams_max.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "base/time.h"
#include "http/host_gate.h"
#include "http/limits.h"
#include "http/server.h"

namespace fairlead::http {

class Connection;

class OpenConnections {
 public:
  OpenConnections(const Server::Options& options, Handler& answers)
      : limits(options.limits),
        gzip(options.gzip),
        hosts(options.takes_all_hosts ? HostGate::OfAllNames() : HostGate(options.allowed_hosts)),
        told(options.told),
        http2(options.http2),
        handler(answers) {}

  // Makes room for `newcomer` if need be: of the peer that has most, the one that has been without
  // a whole request for longest (h2/room.h). False: all places are taken by those who are being
  // answered, or by peers that have fewer.
  bool HasRoom(const Peer& newcomer);
  void Enter(std::shared_ptr<Connection> connection);
  void Leave(const Connection& connection);
  // Nobody waits for a request any more, and streams end.
  void BeginStop();
  void CloseAll();

  bool is_stopping() const { return is_stopping_; }
  std::size_t size() const { return open_.size(); }
  // False: there are as many streams as may be.
  bool BeginStream();
  void EndStream() { --streams_; }
  void TellLimit(std::string_view limit) const {
    if (told.limit_hit && !limit.empty()) told.limit_hit(limit);
  }
  // Called when the last one leaves after BeginStop.
  std::function<void()> on_empty;

  const Limits limits;
  const bool gzip;
  const HostGate hosts;
  const Told told;
  const std::function<void(int descriptor, Peer peer, std::string read)> http2;
  Handler& handler;

 private:
  std::size_t CountOf(const std::string& account) const;

  std::list<std::shared_ptr<Connection>> open_;
  std::map<std::string, std::size_t> of_account_;
  std::size_t streams_ = 0;
  bool is_stopping_ = false;
};

}  // namespace fairlead::http
