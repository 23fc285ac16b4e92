#include "diagnose/diagnosis.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "base/ip_text.h"
#include "base/text.h"
#include "diagnose/call_steps.h"

namespace fairlead::diagnose {
namespace {

constexpr std::string_view kDefaultBridge = "bridge";
constexpr std::string_view kDockersResolver = "127.0.0.11";  // in each container on other networks

bool IsEveryAddress(std::string_view ip) {
  return ip == "0.0.0.0" || ip == "::";
}

std::string StateText(const ContainerFacts& facts) {
  switch (facts.status) {
    case EngineStatus::kRunning:
      return "is running";
    case EngineStatus::kPaused:
      return "is paused";
    case EngineStatus::kCreated:
      return "was never started";
    case EngineStatus::kRestarting:
      return fmt::format("ended with exit code {} and is being restarted", facts.exit_code);
    case EngineStatus::kRemoving:
    case EngineStatus::kExited:
    case EngineStatus::kDead:
      return fmt::format("ended with exit code {}{}", facts.exit_code,
                         facts.oom_killed ? " for lack of memory" : "");
  }
  return "";
}

bool IsOnHost(const ContainerFacts& facts) {
  return facts.network_mode == "host";
}

std::vector<std::string> NetworksOf(const ContainerFacts& facts) {
  std::vector<std::string> names;
  for (const NetworkAddress& network : facts.networks) names.push_back(network.network);
  return names;
}

// gRPC needs TLS 1.2 or later (RFC 9113 section 9.2); RFC 8996 forbids what is older.
bool IsOldTls(std::string_view version) {
  return version == "TLSv1" || version == "TLSv1.1";
}

// One run, with what it has found out so far.
class Run {
 public:
  Run(const Case& setting, Probes& probes, const std::function<bool(const Step&)>& tell)
      : case_(setting), probes_(probes), tell_(tell), name_(Printable(setting.name, 80)) {}

  bool All() {
    using Look = Step (Run::*)();
    constexpr std::pair<StepKind, Look> kLooks[] = {{StepKind::kContainers, &Run::Containers},
                                                    {StepKind::kNetwork, &Run::Network},
                                                    {StepKind::kName, &Run::Name},
                                                    {StepKind::kListen, &Run::Listen},
                                                    {StepKind::kConnect, &Run::Connect},
                                                    {StepKind::kTls, &Run::Tls},
                                                    {StepKind::kHttp2, &Run::Http2},
                                                    {StepKind::kHealth, &Run::Health},
                                                    {StepKind::kReflection, &Run::Reflection},
                                                    {StepKind::kLog, &Run::Log},
                                                    {StepKind::kPinned, &Run::Pinned}};
    for (const auto& [kind, look] : kLooks) {
      // With TLS the preface is asked for inside, with the first call.
      if (kind == (case_.uses_tls ? StepKind::kHttp2 : StepKind::kTls)) continue;
      Step step = (this->*look)();
      step.kind = kind;
      const bool is_wanted = tell_(step);
      if (step.verdict == Verdict::kFault) {
        if (is_wanted && HasPartIn(kind)) tell_(Log());
        return false;
      }
      if (!is_wanted) return true;
    }
    return true;
  }

 private:
  // Whether the server may have written why that step fails.
  bool HasPartIn(StepKind kind) const {
    if (kind == StepKind::kContainers) return case_.server.status != EngineStatus::kRunning;
    return kind != StepKind::kNetwork && kind != StepKind::kName;
  }
  Way way() const {
    return {.ip = ip_, .port = case_.port, .is_tls = case_.uses_tls, .name = case_.name};
  }
  std::string client() const { return Printable(case_.client.name, 80); }
  std::string server() const { return Printable(case_.server.name, 80); }
  std::string target() const {
    const bool is_v6 = ip_.find(':') != std::string::npos;
    return fmt::format("{}:{}", is_v6 ? "[" + ip_ + "]" : ip_, case_.port);
  }
  Step Containers() {
    Step step{.tried = fmt::format("asked the engine for {} and {}", client(), server()),
              .answer = fmt::format("{} {}; {} {}", client(), StateText(case_.client), server(),
                                    StateText(case_.server)),
              .meaning = "both can send and receive"};
    const bool is_client_up = case_.client.status == EngineStatus::kRunning;
    if (is_client_up && case_.server.status == EngineStatus::kRunning) return step;
    const std::string down = is_client_up ? server() : client();
    step.verdict = Verdict::kFault;
    step.meaning = down + " does not run, so there is nobody to talk";
    step.advice = fmt::format("docker logs {}; fairlead explain says whose doing it was", down);
    return step;
  }

  Step Network() {
    const std::vector<std::string> ours = NetworksOf(case_.client);
    const std::vector<std::string> theirs = NetworksOf(case_.server);
    Step step{
        .tried = "compared the networks of both",
        .answer = fmt::format("{} is on {}; {} is on {}", client(),
                              IsOnHost(case_.client) ? "the host's" : ListText(ours), server(),
                              IsOnHost(case_.server) ? "the host's" : ListText(theirs))};
    for (const NetworkAddress& own : case_.server.networks) {
      const bool is_shared =
          IsOnHost(case_.client) ||
          std::ranges::any_of(case_.client.networks, [&](const NetworkAddress& other) {
            return other.network_id == own.network_id;
          });
      if (!is_shared || own.ip().empty()) continue;
      ip_ = own.ip();
      network_ = own.network;
      step.meaning = fmt::format("{} reaches it at {} by {}", client(), target(), network_);
      return step;
    }
    if (IsOnHost(case_.client) && IsOnHost(case_.server)) {
      ip_ = "127.0.0.1";
      step.meaning = "both are on the host's network";
      return step;
    }
    step.verdict = Verdict::kFault;
    step.meaning = "they share no network, so no packet of one reaches the other";
    step.advice =
        theirs.empty()
            ? fmt::format("give {} a network that {} is on", server(), client())
            : fmt::format("docker network connect {} {}, or put both on one network in Compose",
                          Printable(theirs.front(), 80), client());
    return step;
  }

  Step Name() {
    Step step{.tried = fmt::format("asked the resolver of {} for {}", client(), name_)};
    if (network_ == kDefaultBridge || network_.empty()) {
      step.verdict = Verdict::kNote;
      step.answer = "not asked";
      step.meaning = network_.empty() ? "the host's network has no names of containers"
                                      : "the default bridge has no names of containers";
      step.advice = "dial xds:///" + name_ + ", or put both on a network of your own";
      return step;
    }
    const Result<NameAnswer> answer = probes_.Resolve(case_.name);
    if (!answer && answer.error().code == Code::kDeadlineExceeded) {
      // Docker's resolver knows containers itself, and asks others for everything else.
      step.verdict = Verdict::kFault;
      step.answer = Printable(answer.error().message, 200);
      step.meaning =
          "no container has that name there, and who else is asked for it does not answer";
      step.advice = fmt::format(
          "dial the Compose service's name or an alias of it on {}, or xds:///{}", network_, name_);
      return step;
    }
    if (!answer) return Unseen(step.tried, answer.error());
    step.tried += " (" + Printable(answer->server, 60) + ")";
    step.answer = answer->ips.empty() ? "there is no such name" : ListText(answer->ips);
    if (answer->ips.empty()) {
      step.verdict = Verdict::kFault;
      step.meaning = "a client that dials it by name finds nobody";
      step.advice = fmt::format(
          "dial the Compose service's name or an alias of it on {}, or xds:///{}", network_, name_);
      return step;
    }
    const auto is_replica = [&](const std::string& ip) {
      return ip == ip_ || std::ranges::find(case_.replica_ips, ip) != case_.replica_ips.end();
    };
    if (std::ranges::any_of(answer->ips, is_replica)) {
      step.meaning = "the name leads to it";
      return step;
    }
    step.verdict = Verdict::kFault;
    step.meaning = fmt::format("the name leads somewhere else than {}", target());
    step.advice = "another container has that name or alias on a network of the client: rename one";
    return step;
  }

  Step Listen() {
    Step step{.tried =
                  fmt::format("looked for port {} among what listens in {}", case_.port, server())};
    const Result<std::vector<Listener>> listeners = probes_.Listeners();
    if (!listeners) return Unseen(step.tried, listeners.error());
    std::vector<std::string> all;
    bool is_there = false;
    bool is_on_loopback = false;
    for (const Listener& one : *listeners) {
      if (one.ip == kDockersResolver) continue;
      all.push_back(fmt::format("{} port {}", one.ip, one.port));
      if (one.port != case_.port) continue;
      is_on_loopback = is_on_loopback || IsLoopbackAddress(one.ip);
      is_there = is_there || IsEveryAddress(one.ip) || one.ip == ip_ || one.ip == "::ffff:" + ip_ ||
                 (IsLoopbackAddress(ip_) && IsLoopbackAddress(one.ip));
    }
    step.answer = all.empty() ? "nothing listens there" : ListText(all);
    if (is_there) {
      step.meaning = "the server waits for callers at that address";
      return step;
    }
    step.verdict = Verdict::kFault;
    if (is_on_loopback) {
      step.meaning = "it listens on loopback alone: nobody outside its container gets there";
      step.advice = fmt::format("let it listen on 0.0.0.0:{} or [::]:{}", case_.port, case_.port);
    } else if (all.empty()) {
      step.meaning = "it runs, and has opened no port yet or ever";
      step.advice = "look at its logs: docker logs " + server();
    } else {
      step.meaning = fmt::format("nothing listens on port {} at {}", case_.port, ip_);
      step.advice = fmt::format("mend fairlead.port, or let the server listen on {}", case_.port);
    }
    return step;
  }

  Step Connect() {
    Step step{.tried = fmt::format("connected to {} from the network of {}", target(), client())};
    const auto answer = probes_.Connect(ip_, case_.port);
    if (!answer) return Unseen(step.tried, answer.error());
    if (!*answer) {
      step.answer = "connected";
      step.meaning = "packets go there and back";
      return step;
    }
    step.verdict = Verdict::kFault;
    step.answer = Printable(**answer, 200);
    step.meaning = "TCP does not get through, although somebody listens";
    step.advice =
        "look at firewall rules between the networks (iptables -L DOCKER-USER), and whether the "
        "server's queue of connections is full";
    return step;
  }

  Step Tls() {
    Step step{.tried =
                  fmt::format("began TLS with {} for the name {}, offering h2", target(), name_)};
    const Result<TlsAnswer> answer = probes_.Handshake(ip_, case_.port, case_.name);
    if (!answer) return Unseen(step.tried, answer.error());
    step.answer = Printable(answer->detail, 400);
    if (!answer->versions.empty())
      step.answer += fmt::format("; it takes {}", fmt::join(answer->versions, ", "));
    step.verdict = Verdict::kFault;
    if (answer->is_silent) return Hung(case_, std::move(step));
    const std::vector<std::string>& versions = answer->versions;
    if (!versions.empty() && std::ranges::all_of(versions, IsOldTls)) {
      step.meaning = "it takes no TLS that gRPC clients speak, which is 1.2 and 1.3";
      step.advice = "let the server take TLS 1.2 and 1.3";
    } else if (!answer->is_tls) {
      step.meaning = "the client speaks TLS, and the server does not";
      step.advice = "let the client dial in plaintext, or give the server a certificate";
    } else if (answer->is_expired || answer->is_early) {
      step.meaning = answer->is_expired ? "the certificate has expired: every client refuses it"
                                        : "the certificate is not valid yet: clients refuse it";
      step.advice = answer->is_expired ? "renew it, and let the server read the new file"
                                       : "look at the clocks of who signed it and of this host";
    } else if (!answer->is_for_name) {
      step.meaning = fmt::format("the certificate is not for {}, so clients refuse it", name_);
      step.advice = fmt::format(
          "have {} among its names (subjectAltName), or let clients expect one "
          "that it has",
          name_);
    } else if (!answer->has_h2) {
      step.meaning = "it does not choose h2 by ALPN, which gRPC needs";
      step.advice = "let the server offer h2 by ALPN";
    } else if (std::ranges::any_of(versions, IsOldTls)) {
      step.verdict = Verdict::kNote;
      step.meaning = "valid and for that name; but it also takes TLS below 1.2, which is broken";
      step.advice = "let the server refuse what is below TLS 1.2";
    } else {
      step.verdict = answer->is_self_signed ? Verdict::kNote : Verdict::kFine;
      step.meaning =
          answer->is_self_signed
              ? "it signed its certificate itself: clients need it among their authorities"
              : "valid and for that name; whether the client trusts its issuer is not "
                "known here";
    }
    return step;
  }

  Step Http2() {
    Step step{.tried = fmt::format("began HTTP/2 in plaintext with {}", target())};
    const Result<GreetingAnswer> answer = probes_.Greet(ip_, case_.port);
    if (!answer) return Unseen(step.tried, answer.error());
    step.answer = Printable(answer->detail, 300);
    if (answer->greeting == Greeting::kHttp2) {
      step.meaning = "an HTTP/2 server";
      return step;
    }
    step.verdict = Verdict::kFault;
    switch (answer->greeting) {
      case Greeting::kHttp1:
        step.meaning = "an HTTP/1 server, which gRPC cannot be spoken with";
        step.advice = "find the port of the gRPC server, or switch HTTP/2 (h2c) on";
        break;
      case Greeting::kTls:
        return PlaintextToTls(std::move(step), "");
      case Greeting::kSilent:
        return Hung(case_, std::move(step));
      case Greeting::kClosed: {
        // Some who speak TLS hang up on plaintext without a word.
        const Result<TlsAnswer> tls = probes_.Handshake(ip_, case_.port, case_.name);
        if (tls && tls->is_tls) return PlaintextToTls(std::move(step), tls->detail);
        step.meaning = "it ends connections that begin with HTTP/2";
        step.advice = "find out what serves on that port: docker logs " + server();
        break;
      }
      case Greeting::kHttp2:
      case Greeting::kOther:
        step.meaning = "what answers is no HTTP/2";
        step.advice = "find out what serves on that port";
        break;
    }
    return step;
  }

  static Step PlaintextToTls(Step step, const std::string& seen) {
    if (!seen.empty()) step.answer += "; by TLS: " + Printable(seen, 300);
    step.verdict = Verdict::kFault;
    step.meaning = "the client speaks plaintext, and the server TLS";
    step.advice = "let the client dial with TLS (fairlead diagnose --tls looks at the certificate)";
    return step;
  }

  Step Health() { return LookAtHealth(case_, way(), probes_); }
  Step Reflection() { return LookAtReflection(way(), probes_); }
  Step Log() { return LookAtLog(case_, probes_); }

  Step Pinned() {
    std::vector<std::string> ips = case_.replica_ips;
    if (ips.empty()) ips.push_back(ip_);
    Step step{.tried = fmt::format("counted the connections of {} to port {} of {} replicas",
                                   client(), case_.port, ips.size())};
    const Result<std::vector<int>> counts = probes_.Connections(ips, case_.port);
    if (!counts) return Unseen(step.tried, counts.error());
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < counts->size() && i < ips.size(); ++i)
      shown.push_back(fmt::format("{} to {}", (*counts)[i], ips[i]));
    step.answer = ListText(shown);
    const int all = std::accumulate(counts->begin(), counts->end(), 0);
    if (all == 0) {
      step.meaning = "it is connected to none of them now";
    } else if (all == 1 && ips.size() > 1) {
      step.verdict = Verdict::kNote;
      step.meaning = "one connection carries every call: the others get none";
      step.advice = "dial xds:///" + name_ + ", which balances call by call";
    } else {
      step.meaning = "its calls may spread over what it is connected to";
    }
    return step;
  }

  const Case& case_;
  Probes& probes_;
  const std::function<bool(const Step&)>& tell_;
  const std::string name_;
  std::string ip_;       // where the client reaches the server
  std::string network_;  // by which network; empty on the host's
};

}  // namespace

std::string_view StepKindName(StepKind kind) {
  switch (kind) {
    case StepKind::kContainers:
      return "containers";
    case StepKind::kNetwork:
      return "network";
    case StepKind::kName:
      return "name";
    case StepKind::kListen:
      return "listen";
    case StepKind::kConnect:
      return "connect";
    case StepKind::kTls:
      return "tls";
    case StepKind::kHttp2:
      return "http2";
    case StepKind::kHealth:
      return "health";
    case StepKind::kReflection:
      return "reflection";
    case StepKind::kLog:
      return "log";
    case StepKind::kPinned:
      return "pinned";
  }
  return "";
}

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFine:
      return "fine";
    case Verdict::kNote:
      return "note";
    case Verdict::kFault:
      return "fault";
    case Verdict::kUnseen:
      return "unseen";
  }
  return "";
}

bool Diagnose(const Case& setting, Probes& probes, const std::function<bool(const Step&)>& tell) {
  return Run(setting, probes, tell).All();
}

}  // namespace fairlead::diagnose
