// OneShotQuestion: the checks that need a new connection each time, tcp and http.
//
// tcp: the connection is made. http: a GET is answered with 2xx, over TLS if the target asks for
// it. Threads: the prober's loop. Limits: the reply is read until its status line, at most
// ProberLimits::http_head_bytes_max; the connection is reset after it, never lingering.
#pragma once

#include <memory>
#include <string>

#include "h2/transport.h"
#include "health/http_reply.h"
#include "health/question.h"
#include "runtime/event_loop.h"

namespace fairlead::health {

class OneShotQuestion final : public Question, private runtime::Watcher {
 public:
  // An empty `request` asks for the connection only.
  OneShotQuestion(h2::ClientLoop& loop, const ProberLimits& limits, const Destination& destination,
                  std::string request, QuestionEvents& events);
  ~OneShotQuestion() override;

  void Ask(bool with_transport) override;
  void ReadNow() override;
  void Expire() override;

 private:
  void OnReady(std::uint32_t events) override;
  void FinishConnect();
  void SendRequest();
  void EndHandshakeOverLimit();
  void Fail(const h2::IoOutcome& outcome);
  void ReadSome();
  void FailWith(int error);
  void End(const spec::CheckOutcome& outcome);

  h2::ClientLoop& loop_;
  const ProberLimits& limits_;
  const Destination destination_;
  const std::string request_;
  QuestionEvents& events_;
  runtime::EventLoop::Watch watch_;
  std::unique_ptr<h2::Transport> transport_;  // null while no check is in progress
  bool is_connected_ = false;
  bool is_established_ = false;
  std::string reply_;
  int reads_ = 0;  // of it, and of the handshake before it
};

}  // namespace fairlead::health
