// GrpcExchange: one gRPC call of a caller, over HTTP/2, and the call to a replica that answers it.
//
// How: one message of each side is on its way, and the next is taken when that one was: windows of
// HTTP/2 carry the wait on, to either side. Whoever leaves ends the other.
// Threads: the HTTP/2 server's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/time.h"
#include "gateway/h2_front.h"
#include "gateway/loop_call.h"
#include "gateway/messages.h"
#include "gateway/passed_call.h"
#include "h2/server.h"
#include "http/request.h"
#include "runtime/event_loop.h"

namespace fairlead::gateway {

class GrpcExchange final : public h2::StreamHandler {
 public:
  // `parts` and `stream` outlive it.
  GrpcExchange(const H2Front::Parts& parts, http::Request request, h2::BodyStream& stream);

  void OnMessage(std::span<const std::byte>) override {}
  void OnBody(std::span<const std::byte> bytes) override;
  void OnHalfClose() override;
  void OnWritten() override { Pull(); }
  void OnClosed() override;

 private:
  struct Asking;  // the gateway
  using Called = Result<std::shared_ptr<PassedCall>>;

  void Ask(http::Request request);
  void OnBegun(Called call);
  void OnHead(Metadata metadata);
  void OnSent();
  void OnPiece(std::optional<std::string> piece);
  // Sends on the next message of the caller, if there is a whole one.
  void Push();
  // Asks for the next message of the service.
  void Pull();
  void End(const PassedCall::End& end);
  void Refuse(const Error& error);
  void Tell(Code code);
  void WaitForMessage();

  const H2Front::Parts& parts_;
  h2::BodyStream& stream_;
  const TimePoint begun_at_;
  const LoopCall<GrpcExchange> self_;
  std::shared_ptr<Asking> asking_;
  std::shared_ptr<PassedCall> call_;
  MessageCutter cutter_;
  // Runs while a message has begun and not ended.
  runtime::LoopTimer patience_;
  bool is_patient_ = false;
  bool is_sending_ = false;
  bool is_half_closed_ = false;  // the caller sends no more
  bool is_pulling_ = false;
  bool has_head_ = false;
  bool is_over_ = false;  // the answer has been sent, or nobody is there who would hear it
};

}  // namespace fairlead::gateway
