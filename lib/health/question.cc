#include "health/question.h"

#include <cerrno>
#include <utility>

#include "health/grpc_health.h"
#include "health/one_shot.h"

namespace fairlead::health {

namespace {

// `name`: the server's own; empty: its address.
std::string HostPort(const spec::CheckTarget& target, const std::string& name) {
  const std::string& host = name.empty() ? target.ip : name;
  const bool is_six = host.find(':') != std::string::npos;
  return (is_six ? "[" + host + "]" : host) + ":" + std::to_string(target.port);
}

// No process, no permission and no such namespace alike: we have no way there, and the text says
// why. It is nothing that the replica could be blamed for.
h2::Connecting NoWayIn(const Error& error) {
  const bool is_shortage = error.code == Code::kResourceExhausted;
  return {.error = is_shortage ? ENOBUFS : EHOSTUNREACH, .why = error.message};
}

// `inside` outlives the maker.
h2::SocketMaker MakerFor(const spec::CheckTarget& target, const SocketInside& inside) {
  if (!target.inside) return {};
  return [place = *target.inside, &inside](int family) -> h2::Connecting {
    if (!place.obstacle.empty() || !inside) {
      const std::string& why =
          place.obstacle.empty() ? "network namespaces cannot be entered" : place.obstacle;
      return NoWayIn({Code::kPermissionDenied, "no route from this host, and " + why});
    }
    const Result<int> made = inside(place, family);
    if (!made) return NoWayIn(made.error());
    return {.descriptor = *made};
  };
}

class GrpcQuestion final : public Question, private h2::ClientEvents {
 public:
  GrpcQuestion(h2::ClientLoop& loop, const Destination& destination,
               const spec::CheckTarget& target, const std::string& authority,
               QuestionEvents& events)
      : events_(events),
        is_plaintext_(destination.make_transport == nullptr),
        client_(loop, destination.address,
                h2::UnaryRequest::Make(authority, std::string(kHealthCheckPath),
                                       EncodeHealthRequest(target.health.service),
                                       target.health.timeout),
                *this, destination.make_socket, destination.make_transport) {
    if (target.health.mode != spec::HealthMode::kCheck) client_.Watch(kHealthWatchPath);
    if (!target.liveness_service.empty()) {
      client_.AskBeside(h2::UnaryRequest::Make(authority, std::string(kHealthCheckPath),
                                               EncodeHealthRequest(target.liveness_service),
                                               target.health.timeout));
    }
  }

  void Ask(bool with_transport) override { client_.Ask(with_transport); }
  bool CanAskTransport() const override { return client_.CanPing(); }
  bool IsTransportOpen() const override { return client_.is_pinging(); }
  void AskTransport() override { client_.Ping(); }
  void ReadNow() override { client_.ReadNow(); }
  void Expire() override { client_.Expire(); }
  void FetchAhead(std::size_t step) const override { client_.FetchAhead(step); }

 private:
  void OnCallEnd(const h2::CallResult& result) override {
    spec::CheckOutcome outcome = OutcomeOf(result);
    if (is_plaintext_ && outcome.check_class == spec::CheckClass::kTls)
      outcome.detail += "; name a TLS profile in fairlead.health.tls";
    outcome.liveness = std::exchange(liveness_, spec::LivenessWord::kNone);
    events_.OnOutcome(outcome);
  }
  void OnBeside(const h2::WatchNews& news) override { liveness_ = LivenessOf(news); }
  void OnConnectionClosed() override { events_.OnPeerClosed(); }
  void OnOverLimit(const h2::CallResult& result) override {
    events_.OnOverLimit(OutcomeOf(result));
  }
  void OnAlive() override { events_.OnAlive(); }
  void OnPingRefused() override { events_.OnTransportRefused(); }
  void OnWatched(const h2::WatchNews& news) override {
    if (news.message) events_.OnWatched(*news.message);
  }
  void FetchAhead() const override { events_.FetchAhead(); }

  QuestionEvents& events_;
  const bool is_plaintext_;
  h2::Client client_;
  spec::LivenessWord liveness_ = spec::LivenessWord::kNone;  // not told yet
};

class NoQuestion final : public Question {
 public:
  NoQuestion(std::string reason, QuestionEvents& events)
      : reason_(std::move(reason)), events_(events) {}
  void Ask(bool) override {
    events_.OnOutcome(
        {.check_class = spec::CheckClass::kNoRoute, .latency = {}, .detail = reason_});
  }
  void ReadNow() override {}
  void Expire() override {}

 private:
  const std::string reason_;
  QuestionEvents& events_;
};

}  // namespace

std::unique_ptr<Question> MakeQuestion(const QuestionTools& tools, const spec::CheckTarget& target,
                                       QuestionEvents& events) {
  const Result<h2::SocketAddress> address = h2::SocketAddress::Ip(target.ip, target.port);
  if (!address) return std::make_unique<NoQuestion>(address.error().message, events);
  const Destination destination{.address = *address,
                                .make_socket = MakerFor(target, tools.socket_inside),
                                .make_transport = tools.tls.TransportsFor(target)};
  const std::string authority = HostPort(target, tools.tls.ServerName(target));
  switch (target.health.protocol) {
    case spec::HealthProtocol::kTcp:
      return std::make_unique<OneShotQuestion>(tools.loop, tools.limits, destination, "", events);
    case spec::HealthProtocol::kHttp:
      return std::make_unique<OneShotQuestion>(tools.loop, tools.limits, destination,
                                               HttpRequest(authority, target.health.path), events);
    default:
      return std::make_unique<GrpcQuestion>(tools.loop, destination, target, authority, events);
  }
}

std::unique_ptr<Question> MakeRawQuestion(const QuestionTools& tools,
                                          const spec::CheckTarget& target, std::string bytes,
                                          QuestionEvents& events) {
  const Result<h2::SocketAddress> address = h2::SocketAddress::Ip(target.ip, target.port);
  if (!address) return std::make_unique<NoQuestion>(address.error().message, events);
  const Destination destination{.address = *address,
                                .make_socket = MakerFor(target, tools.socket_inside),
                                .make_transport = {}};
  return std::make_unique<OneShotQuestion>(tools.loop, tools.limits, destination, std::move(bytes),
                                           events);
}

}  // namespace fairlead::health
