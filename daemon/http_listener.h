// HttpListener: one of the daemon's HTTP servers, on the addresses that the config gives it, with
// TLS in front of those of TCP or without.
//
// Why here: lib/http knows nothing of TLS, lib/front nothing of HTTP, and two planes are made of
// both. Threads: all of it from main; the server is on the loop that is given, TLS on a thread of
// its own.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "config/address.h"
#include "front/front.h"
#include "http/server.h"
#include "runtime/io_thread.h"
#include "tls/live_profile.h"
#include "tls/profile.h"
#include "tls/server_context.h"

namespace fairlead::daemon {

class HttpListener {
 public:
  // What TCP addresses speak TLS with, and whom to tell of it.
  struct Tls {
    std::string thread;  // its name
    tls::Profile profile;
    tls::ServerProtocol protocol = tls::ServerProtocol::kHttp1;
    front::Limits limits = {};
    tls::LiveProfile::Tell profile_news = {};
    front::PeerNews peer_news = {};
  };

  // `loop` and `handler` outlive it, and `loop` each answer that is still to come. Nothing for
  // `tls`: plaintext.
  HttpListener(runtime::IoThread& loop, http::Server::Options options, http::Handler& handler,
               std::optional<Tls> tls);
  ~HttpListener();  // as BeginStop and FinishStop with no time to spare

  // Listens on all of them, or says why not; `key` is where they are written.
  Result<> Listen(const std::vector<config::ListenAddress>& addresses, std::string_view key);
  // Where it listens, with real ports; "https://127.0.0.1:18080" where that is by TLS.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // Who has taken over connections of it cut off a peer at this address. Not after FinishStop().
  void Offended(const std::string& ip);

  // Takes no more connections; answers under way may end for at most `patience`. Once.
  void BeginStop(Duration patience);
  // Waits for that, and ends the server. Once, after it.
  void FinishStop();

 private:
  void MakeFront(Tls tls);
  // Puts the port in where any was asked for.
  Result<> ListenOn(config::ListenAddress& address);

  runtime::IoThread& loop_;
  std::unique_ptr<http::Server> server_;  // null: it has ended
  std::unique_ptr<front::Front> front_;
  std::vector<std::string> addresses_;
  std::promise<void> stopped_;
};

}  // namespace fairlead::daemon
