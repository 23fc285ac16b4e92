// The gRPC half of ServerConnection: requests in, answers out.
#include <algorithm>
#include <array>
#include <utility>

#include "h2/grpc_headers.h"
#include "h2/header_block.h"
#include "h2/server_connection.h"
#include "h2/server_loop.h"

namespace fairlead::h2 {

namespace {

constexpr FieldView kOk = {":status", "200"};
constexpr FieldView kGrpc = {"content-type", "application/grpc"};

// What precedes the first message of every stream.
std::span<const std::byte> ResponseBlock() {
  static const std::vector<std::byte>* const kBlock =
      new std::vector<std::byte>(EncodeBlock(std::array{kOk, kGrpc}));
  return *kBlock;
}

// Trailers; trailers-only when no message went before.
std::vector<std::byte> EndBlock(const Error& end, bool has_headers) {
  const std::string status = std::to_string(static_cast<int>(end.code));
  const std::string message = PercentEncode(end.message);
  const std::array fields = {kOk, kGrpc, FieldView("grpc-status", status),
                             FieldView("grpc-message", message)};
  const std::size_t first = has_headers ? 2 : 0;
  return EncodeBlock(std::span(fields).subspan(first, (message.empty() ? 3 : 4) - first));
}

}  // namespace

void ServerConnection::OnRequest(std::int32_t id, Request&& request, bool ends) {
  if (request.is_too_long) return RefuseWithHttpStatus(id, "431", ends);
  if (loop_.router.takes_bodies()) {
    if (request.method == "CONNECT") return RefuseWithHttpStatus(id, "405", ends);
    return OpenCall(id, std::move(request), ends);
  }
  if (request.method != "POST") return RefuseWithHttpStatus(id, "405", ends);
  if (!request.is_grpc) return RefuseWithHttpStatus(id, "415", ends);
  OpenCall(id, std::move(request), ends);
}

void ServerConnection::RefuseWithHttpStatus(std::int32_t id, std::string_view status, bool ends) {
  session_.SendHeaders(id, EncodeBlock(std::array{FieldView(":status", status)}), /*ends=*/true);
  session_.CloseUnopened(id, ends);
}

void ServerConnection::OpenCall(std::int32_t id, Request&& request, bool ends) {
  auto owned = std::make_unique<ServerCall>(*this, loop_.limits.message_bytes_max);
  ServerCall& call = *owned;
  session_.Open(call, id, request, ends);
  call.slot = static_cast<std::uint32_t>(calls_.size());
  calls_.push_back(std::move(owned));
  ++loop_.counters.streams_open;
  call.keeps_body = loop_.router.takes_bodies();
  // Who takes bodies looks after the time itself, and says so to the peer.
  if (request.timeout && !call.keeps_body) call.deadline = now_ + *request.timeout;
  const RequestHead head{.path = std::move(request.path),
                         .authority = std::move(request.authority),
                         .metadata = std::move(request.metadata),
                         .timeout = request.timeout,
                         .peer = peer_,
                         .method = std::move(request.method),
                         .content_type = std::move(request.content_type)};
  if (call.keeps_body) {
    call.SetHandler(loop_.router.OpenBody(head, call));
    if (ends) call.HalfClose();
    return;
  }
  Result<std::unique_ptr<StreamHandler>> handler = loop_.router.Open(head, call);
  if (handler) {
    call.SetHandler(std::move(*handler));
    if (ends) call.HalfClose();
  } else {
    call.Finish(handler.error().code, handler.error().message);
  }
}

bool ServerConnection::IsOverBuffers() const {
  return buffered_bytes_ > loop_.limits.connection_buffer_bytes_max ||
         loop_.buffered_bytes > loop_.limits.buffer_bytes_max;
}

void ServerConnection::OnData(SessionStream& stream, std::span<const std::byte> data) {
  auto& call = static_cast<ServerCall&>(stream);
  if (call.keeps_body) return OnBody(call, data);
  const std::size_t before = call.buffered_bytes();
  const bool goes_on = call.Receive(data);
  const std::size_t after = call.buffered_bytes();
  if (before == after) return;
  buffered_bytes_ = buffered_bytes_ - before + after;
  loop_.buffered_bytes = loop_.buffered_bytes - before + after;
  if (goes_on && IsOverBuffers()) {
    ++loop_.counters.limit_hits;
    call.Finish(Code::kResourceExhausted, "read message: too many unfinished messages");
  }
}

void ServerConnection::OnBody(ServerCall& call, std::span<const std::byte> data) {
  buffered_bytes_ += data.size();
  loop_.buffered_bytes += data.size();
  call.Receive(data);
  if (!IsOverBuffers()) return;
  ++loop_.counters.limit_hits;
  session_.Reset(call, Http2Error::kEnhanceYourCalm);
  Retire(call);
}

void ServerConnection::Release(ServerCall& call, std::size_t bytes, std::size_t ahead) {
  buffered_bytes_ -= bytes;
  loop_.buffered_bytes -= bytes;
  session_.Release(call, bytes, ahead);
  Flush();
}

void ServerConnection::OnEnd(SessionStream& stream) {
  static_cast<ServerCall&>(stream).HalfClose();
}

void ServerConnection::OnReset(SessionStream& stream) {
  Retire(static_cast<ServerCall&>(stream));
}

void ServerConnection::Retire(ServerCall& call) {
  // It may end in the very flush that gathered its last message.
  loop_.gather.Forget(call);
  outbox_.Forget(call);
  if (call.is_waiting()) --waiting_;
  call.Close();
  buffered_bytes_ -= call.buffered_bytes();
  loop_.buffered_bytes -= call.buffered_bytes();
  --loop_.counters.streams_open;
  const std::size_t index = call.slot;
  std::unique_ptr<ServerCall> owned = std::move(calls_[index]);
  if (index + 1 != calls_.size()) {
    calls_[index] = std::move(calls_.back());
    calls_[index]->slot = static_cast<std::uint32_t>(index);
  }
  calls_.pop_back();
  if (calls_.empty()) idle_since_ = now_;
  loop_.Closed(std::move(owned));
}

void ServerConnection::SubmitMessage(ServerCall& call, bool is_first) {
  if (is_first) session_.SendHeaders(call.id, ResponseBlock(), /*ends=*/false);
  ++waiting_;
  Flush();
}

void ServerConnection::SubmitHead(ServerCall& call, const std::vector<std::byte>& block) {
  session_.SendHeaders(call.id, block, /*ends=*/false);
  Flush();
}

void ServerConnection::SubmitFinish(ServerCall& call) {
  if (call.unsent_bytes() == 0) ++waiting_;  // else it is counted for that
  Flush();
}

// The next call, in turn, that the windows let send something.
ServerCall* ServerConnection::NextToSend() {
  for (std::size_t i = 0; waiting_ > 0 && i < calls_.size(); ++i) {
    if (next_call_ >= calls_.size()) next_call_ = 0;
    ServerCall& call = *calls_[next_call_++];
    if (!call.is_waiting()) continue;
    if (call.unsent_bytes() == 0 || session_.Allowed(call) > 0) return &call;
  }
  return nullptr;
}

// One DATA frame, or the end.
void ServerConnection::GatherSome(ServerCall& call) {
  if (call.unsent_bytes() == 0) return SendEnd(call);
  const std::size_t bytes = std::min(call.unsent_bytes(), session_.Allowed(call));
  std::array<std::byte, kFrameHeadBytes> head;
  WriteFrameHead(head.data(), {.length = static_cast<std::uint32_t>(bytes),
                               .type = frame::kData,
                               .flags = 0,
                               .stream = call.id});
  session_.Sent(call, bytes);
  loop_.gather.AddCopied(head);
  call.GatherInto(loop_.gather, bytes, now_);
  if (!call.is_waiting()) --waiting_;
}

void ServerConnection::SendEnd(ServerCall& call) {
  const ServerCall::Ending& ending = call.ending();
  if (ending.block && ending.block->empty()) {
    session_.SendEnd(call.id);
  } else {
    session_.SendHeaders(call.id,
                         ending.block ? *ending.block : EndBlock(ending.error, call.has_headers()),
                         /*ends=*/true);
  }
  session_.Close(call);
  Retire(call);
}

}  // namespace fairlead::h2
