// NamespaceProbes: the world as the client's container sees it, and the server's sockets, without a
// shell or any file in either image.
//
// How: sockets are made inside the client's network namespace, and its resolv.conf is read, by the
// functions that are handed in; tables of sockets are read through /proc of the containers' init
// processes, which takes the host's PID namespace and no right.
// Threads: one; every call waits, for kPatience per step at most.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "diagnose/diagnosis.h"
#include "diagnose/waiting_socket.h"
#include "h2/transport.h"
#include "probe/connection.h"
#include "tls/profile.h"

namespace fairlead::diagnose {

// A gRPC deadline that people wait for; a healthy peer on one host needs a thousandth.
inline constexpr Duration kPatience = std::chrono::seconds(3);

struct Places {
  MakeSocket client_socket;  // in the client's network namespace
  // The text of the client's /etc/resolv.conf.
  std::function<Result<std::string>()> client_resolv_conf = {};
  std::int64_t client_pid = 0;
  std::int64_t server_pid = 0;
  // Fails when the pid is not that container's any more.
  std::function<Result<>()> check_pids;
  // With which calls over TLS are made, and the server is believed or not; nothing: it is not
  // verified, and shown no certificate of ours.
  std::optional<tls::Profile> tls = {};
  std::function<Result<std::vector<std::string>>()> log_tail = {};
};

class NamespaceProbes final : public Probes {
 public:
  explicit NamespaceProbes(Places places) : places_(std::move(places)) {}

  Result<std::vector<Listener>> Listeners() override;
  Result<NameAnswer> Resolve(const std::string& name) override;
  Result<std::optional<std::string>> Connect(const std::string& ip, std::uint16_t port) override;
  Result<GreetingAnswer> Greet(const std::string& ip, std::uint16_t port) override;
  Result<TlsAnswer> Handshake(const std::string& ip, std::uint16_t port,
                              const std::string& name) override;
  Result<HealthAnswer> AskHealth(const Way& way, const std::string& service) override;
  Result<ReflectionAnswer> AskReflection(const Way& way) override;
  Result<std::vector<std::string>> LogTail() override;
  Result<std::vector<int>> Connections(const std::vector<std::string>& ips,
                                       std::uint16_t port) override;

 private:
  Result<WaitingSocket> Connected(const std::string& ip, std::uint16_t port, int type,
                                  TimePoint deadline);
  h2::TransportMaker TransportsOf(const Way& way) const;
  Result<std::unique_ptr<probe::Connection>> Open(const Way& way, TimePoint deadline) const;
  Result<std::vector<std::string>> Ask(const std::string& server, const std::string& name,
                                       bool is_ipv6);

  const Places places_;
};

}  // namespace fairlead::diagnose
