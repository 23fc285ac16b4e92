// Diagnosis: why calls from one container to another fail, looked into step by step, in the order
// in which a person would.
//
// Why a machine over an interface: which question comes next and what an answer means is decided
// here, and tested by a script that answers as broken setups do; how it is asked is a shell's
// matter (namespace_probes.h). Threads: the caller's, which waits for each probe. Invariant:
// nothing but the server's log is looked at after the first fault.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spec/container_facts.h"

namespace fairlead::diagnose {

enum class StepKind {
  kContainers,
  kNetwork,
  kName,
  kListen,
  kConnect,
  kTls,
  kHttp2,
  kHealth,
  kReflection,
  kLog,
  kPinned
};
std::string_view StepKindName(StepKind kind);  // "containers", "network" ...

enum class Verdict {
  kFine,
  kNote,    // works, and is worth knowing
  kFault,   // this is why calls fail
  kUnseen,  // it could not be looked at; the next steps go on
};
std::string_view VerdictName(Verdict verdict);  // "fine", "note", "fault", "unseen"

// One line that the server wrote, on stdout or stderr.
struct LogLine {
  std::string text;
  bool tells_grpc_error = false;
  bool operator==(const LogLine&) const = default;
};
// So many of the last lines are looked at; of each the first bytes.
inline constexpr int kLogLinesMax = 50;
inline constexpr std::size_t kLogLineBytesMax = 300;

struct Step {
  StepKind kind = StepKind::kContainers;
  Verdict verdict = Verdict::kFine;
  std::string tried;              // what was done
  std::string answer;             // what came back
  std::string meaning;            // what that means
  std::string advice;             // what to do; empty when there is nothing
  std::vector<LogLine> log = {};  // kLog: oldest first
  bool operator==(const Step&) const = default;
};

// One address on which the server's namespace listens over TCP.
struct Listener {
  std::string ip;  // literal; "0.0.0.0" and "::" are every address
  std::uint16_t port = 0;
  bool operator==(const Listener&) const = default;
};

// What the client's own resolver says.
struct NameAnswer {
  std::string server;            // that was asked: "127.0.0.11"
  std::vector<std::string> ips;  // empty: there is no such name
};

enum class Greeting { kHttp2, kHttp1, kTls, kClosed, kSilent, kOther };

// What a peer says to a connection on which we begin HTTP/2 in plaintext.
struct GreetingAnswer {
  Greeting greeting = Greeting::kSilent;
  std::string detail;  // for people: its first bytes, or what the system said
};

struct TlsAnswer {
  bool is_tls = false;     // the handshake was completed
  bool is_silent = false;  // it did not say anything
  std::string detail;      // version, protocol, certificate, or what came instead
  bool has_h2 = false;     // it chose h2 by ALPN
  bool is_expired = false;
  bool is_early = false;                   // not valid yet
  bool is_for_name = false;                // the certificate is for the name that is dialled
  bool is_self_signed = false;             // its issuer is itself
  std::vector<std::string> versions = {};  // that it takes, the oldest first, as OpenSSL calls them
};

enum class HealthWord {
  kServing,
  kNotServing,
  kUnknownName,
  kUnimplemented,
  kSilent,
  kNoTls,  // TLS did not come about, though the server speaks it
  kFailed
};

struct HealthAnswer {
  HealthWord word = HealthWord::kSilent;
  std::string detail;  // for people; may be empty
};

struct ReflectionAnswer {
  bool is_told = false;               // it told its services
  bool is_unimplemented = false;      // it has no reflection
  std::vector<std::string> services;  // "grpc.health.v1.Health" ...
  std::string detail;                 // for people; may be empty
};

// Where gRPC calls are made, and how.
struct Way {
  std::string ip;
  std::uint16_t port = 0;
  bool is_tls = false;
  std::string name;  // with TLS: whom the client dials
};

// How the world is asked. Each call ends by itself within a few seconds; an Error says why it could
// not be asked at all, which is nobody's fault but ours.
class Probes {
 public:
  virtual ~Probes() = default;
  // Of the server's network namespace.
  virtual Result<std::vector<Listener>> Listeners() = 0;
  // From the client's network namespace.
  virtual Result<NameAnswer> Resolve(const std::string& name) = 0;
  // Nothing: connected. Else what the kernel said: "connection refused", "no answer in 3s".
  virtual Result<std::optional<std::string>> Connect(const std::string& ip, std::uint16_t port) = 0;
  virtual Result<GreetingAnswer> Greet(const std::string& ip, std::uint16_t port) = 0;
  virtual Result<TlsAnswer> Handshake(const std::string& ip, std::uint16_t port,
                                      const std::string& name) = 0;
  virtual Result<HealthAnswer> AskHealth(const Way& way, const std::string& service) = 0;
  virtual Result<ReflectionAnswer> AskReflection(const Way& way) = 0;
  // The last kLogLinesMax lines of the server's log, oldest first.
  virtual Result<std::vector<std::string>> LogTail() = 0;
  // To `port` of each of the addresses, now; ours do not count.
  virtual Result<std::vector<int>> Connections(const std::vector<std::string>& ips,
                                               std::uint16_t port) = 0;
};

struct Case {
  ContainerFacts client;
  ContainerFacts server;
  std::string server_shown;          // "user-service.shop/2"
  std::string name;                  // as the client would dial it: "user-service"
  std::uint16_t port = 0;            // where it is to serve
  std::string health_service;        // asked by the health protocol; may be empty
  bool uses_tls = false;             // the client dials with TLS
  std::string tls_profile = {};      // fairlead.health.tls: with which we ask; empty: with none
  std::string tls_server_name = {};  // whom we expect unless the profile says it
  // The addresses of the service's replicas, by replica, for who shares a network with the client.
  std::vector<std::string> replica_ips = {};
};

// Looks until a fault is found or nothing is left to look at; hands each step to `tell` when it is
// over, and stops when that says false. A fault in which the server has a part is followed by its
// log. True: no fault was found.
bool Diagnose(const Case& setting, Probes& probes, const std::function<bool(const Step&)>& tell);

}  // namespace fairlead::diagnose
