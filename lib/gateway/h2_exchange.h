// H2Exchange: one HTTP request of a caller over HTTP/2, answered as the same over HTTP/1.1 would
// be.
//
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
#include "h2/server.h"
#include "http/refusal.h"
#include "http/request.h"
#include "runtime/event_loop.h"

namespace fairlead::gateway {

class H2Exchange final : public h2::StreamHandler {
 public:
  // `parts` and `stream` outlive it.
  H2Exchange(const H2Front::Parts& parts, http::Request request, h2::BodyStream& stream);

  void OnMessage(std::span<const std::byte>) override {}
  void OnBody(std::span<const std::byte> bytes) override;
  void OnHalfClose() override;
  void OnWritten() override { Pull(); }
  void OnClosed() override;

 private:
  struct Asking;  // the gateway

  void OnReply(http::Reply reply);
  void OnPiece(std::optional<std::string> piece);
  void Pull();
  void Write(const std::string& bytes);
  void Refuse(const http::Refusal& refusal);

  const H2Front::Parts& parts_;
  h2::BodyStream& stream_;
  const LoopCall<H2Exchange> self_;
  http::Request request_;
  const std::string method_;
  runtime::LoopTimer patience_;  // until the body is whole
  TimePoint asked_at_{};
  std::shared_ptr<Asking> asking_;
  std::shared_ptr<http::Body> body_;
  bool has_reply_ = false;
  bool is_pulling_ = false;
  bool is_over_ = false;
};

}  // namespace fairlead::gateway
