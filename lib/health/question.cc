#include "health/question.h"

#include <utility>

#include "health/grpc_health.h"
#include "health/one_shot.h"

namespace fairlead::health {

namespace {

std::string HostPort(const spec::CheckTarget& target) {
  const bool is_six = target.ip.find(':') != std::string::npos;
  return (is_six ? "[" + target.ip + "]" : target.ip) + ":" + std::to_string(target.port);
}

class GrpcQuestion final : public Question, private h2::ClientEvents {
 public:
  GrpcQuestion(h2::ClientLoop& loop, const h2::SocketAddress& address,
               const spec::CheckTarget& target, QuestionEvents& events)
      : events_(events),
        client_(loop, address,
                h2::UnaryRequest::Make(HostPort(target), std::string(kHealthCheckPath),
                                       EncodeHealthRequest(target.health.service),
                                       target.health.timeout),
                *this) {}

  void Ask() override { client_.Ask(); }
  void Expire() override { client_.Expire(); }

 private:
  void OnCallEnd(const h2::CallResult& result) override { events_.OnOutcome(OutcomeOf(result)); }
  void OnConnectionClosed() override { events_.OnPeerClosed(); }

  QuestionEvents& events_;
  h2::Client client_;
};

class NoQuestion final : public Question {
 public:
  NoQuestion(std::string reason, QuestionEvents& events)
      : reason_(std::move(reason)), events_(events) {}
  void Ask() override {
    events_.OnOutcome(
        {.check_class = spec::CheckClass::kNoRoute, .latency = {}, .detail = reason_});
  }
  void Expire() override {}

 private:
  const std::string reason_;
  QuestionEvents& events_;
};

}  // namespace

std::unique_ptr<Question> MakeQuestion(h2::ClientLoop& loop, const ProberLimits& limits,
                                       const spec::CheckTarget& target, QuestionEvents& events) {
  const Result<h2::SocketAddress> address = h2::SocketAddress::Ip(target.ip, target.port);
  if (!address) return std::make_unique<NoQuestion>(address.error().message, events);
  switch (target.health.protocol) {
    case spec::HealthProtocol::kTcp:
      return std::make_unique<OneShotQuestion>(loop, limits, *address, "", events);
    case spec::HealthProtocol::kHttp:
      return std::make_unique<OneShotQuestion>(
          loop, limits, *address, HttpRequest(HostPort(target), target.health.path), events);
    default:
      return std::make_unique<GrpcQuestion>(loop, *address, target, events);
  }
}

}  // namespace fairlead::health
