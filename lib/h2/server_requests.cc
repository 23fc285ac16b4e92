// The gRPC half of ServerConnection: requests in, answers out.
#include <algorithm>
#include <array>
#include <utility>

#include "h2/grpc_headers.h"
#include "h2/server_connection.h"
#include "h2/server_loop.h"
#include "h2/server_session.h"

namespace fairlead::h2 {

namespace {
constexpr std::size_t kFieldOverheadBytes = 32;  // RFC 9113, section 6.5.2
// A header list this many times over its limit costs the connection and not only the stream.
constexpr std::size_t kHeaderListPatience = 4;

const nghttp2_nv kOk = HeaderField(":status", "200");
const nghttp2_nv kGrpc = HeaderField("content-type", "application/grpc");
}  // namespace

int ServerConnection::OnHeaderField(std::string_view name, std::string_view value) {
  if (!incoming_) return 0;  // trailers of a request say nothing to us
  IncomingRequest& incoming = *incoming_;
  incoming.bytes += name.size() + value.size() + kFieldOverheadBytes;
  if (incoming.bytes > loop_.limits.header_list_bytes_max) {
    const bool is_first = !std::exchange(incoming.is_too_long, true);
    if (is_first) ++loop_.counters.limit_hits;
    const bool is_hopeless =
        incoming.bytes > kHeaderListPatience * loop_.limits.header_list_bytes_max;
    return is_hopeless ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
  }
  RequestHead& head = incoming.head;
  if (name == ":path") {
    head.path = value;
  } else if (name == ":method") {
    incoming.method = value;
  } else if (name == ":authority") {
    head.authority = value;
  } else if (name == "content-type") {
    incoming.is_grpc = IsGrpcContentType(value);
  } else if (name == "grpc-timeout") {
    head.timeout = ParseTimeout(value);
  } else if (!name.starts_with(':')) {
    head.metadata.emplace_back(name, value);
  }
  return 0;
}

void ServerConnection::OnRequest(std::int32_t id, bool ends) {
  if (!incoming_) return;
  IncomingRequest incoming = std::move(*incoming_);
  incoming_.reset();
  if (incoming.is_too_long) return RefuseWithHttpStatus(id, "431");
  if (incoming.method != "POST") return RefuseWithHttpStatus(id, "405");
  if (!incoming.is_grpc) return RefuseWithHttpStatus(id, "415");
  OpenCall(id, std::move(incoming.head), ends);
}

void ServerConnection::RefuseWithHttpStatus(std::int32_t id, const char* status) {
  const nghttp2_nv fields[] = {HeaderField(":status", status)};
  nghttp2_submit_response(session_.get(), id, fields, std::size(fields), nullptr);
}

void ServerConnection::OpenCall(std::int32_t id, RequestHead head, bool ends) {
  head.peer = peer_;
  auto owned = std::make_unique<ServerCall>(*this, id, loop_.limits.message_bytes_max);
  ServerCall& call = *owned;
  call.slot = calls_.size();
  calls_.push_back(std::move(owned));
  ++loop_.counters.streams_open;
  nghttp2_session_set_stream_user_data(session_.get(), id, &call);
  if (head.timeout) call.deadline = now_ + *head.timeout;
  Result<std::unique_ptr<StreamHandler>> handler = loop_.router.Open(head, call);
  if (handler) {
    call.SetHandler(std::move(*handler));
    if (ends) call.HalfClose();
  } else {
    call.Finish(handler.error().code, handler.error().message);
  }
}

void ServerConnection::OnData(ServerCall& call, std::span<const std::byte> data) {
  const std::size_t before = call.buffered_bytes();
  const bool goes_on = call.Receive(data);
  const std::size_t after = call.buffered_bytes();
  buffered_bytes_ = buffered_bytes_ - before + after;
  loop_.buffered_bytes = loop_.buffered_bytes - before + after;
  const bool is_over = buffered_bytes_ > loop_.limits.connection_buffer_bytes_max ||
                       loop_.buffered_bytes > loop_.limits.buffer_bytes_max;
  if (goes_on && is_over) {
    ++loop_.counters.limit_hits;
    call.Finish(Code::kResourceExhausted, "read message: too many unfinished messages");
  }
}

void ServerConnection::OnStreamClosed(ServerCall& call) {
  nghttp2_session_set_stream_user_data(session_.get(), call.id(), nullptr);
  // It may close in the very flush that gathered its last message.
  loop_.gather.Forget(call);
  outbox_.Forget(call);
  call.Close();
  buffered_bytes_ -= call.buffered_bytes();
  loop_.buffered_bytes -= call.buffered_bytes();
  --loop_.counters.streams_open;
  const std::size_t index = call.slot;
  std::unique_ptr<ServerCall> owned = std::move(calls_[index]);
  if (index + 1 != calls_.size()) {
    calls_[index] = std::move(calls_.back());
    calls_[index]->slot = index;
  }
  calls_.pop_back();
  loop_.Closed(std::move(owned));
}

void ServerConnection::SubmitMessage(ServerCall& call, bool is_first) {
  if (is_first) {
    const std::array fields = {kOk, kGrpc};
    const nghttp2_data_provider messages = MessagesOf(call);
    nghttp2_submit_response(session_.get(), call.id(), fields.data(), fields.size(), &messages);
  } else {
    nghttp2_session_resume_data(session_.get(), call.id());
  }
  Flush();
}

void ServerConnection::SubmitFinish(ServerCall& call) {
  if (call.has_headers()) {
    nghttp2_session_resume_data(session_.get(), call.id());
  } else {
    SubmitTrailersOnly(call);
  }
  Flush();
}

void ServerConnection::SubmitTrailersOnly(const ServerCall& call) {
  const std::string status = std::to_string(static_cast<int>(call.finish().code));
  const std::string message = PercentEncode(call.finish().message);
  const std::array fields = {kOk, kGrpc, HeaderField("grpc-status", status),
                             HeaderField("grpc-message", message)};
  nghttp2_submit_response(session_.get(), call.id(), fields.data(), message.empty() ? 3 : 4,
                          nullptr);
}

ssize_t ServerConnection::OnDataWanted(ServerCall& call, std::size_t most, std::uint32_t* flags) {
  const std::size_t unsent = call.unsent_bytes();
  if (unsent > 0) {
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    return static_cast<ssize_t>(std::min(unsent, most));
  }
  if (!call.is_finishing()) return NGHTTP2_ERR_DEFERRED;
  const std::string status = std::to_string(static_cast<int>(call.finish().code));
  const std::string message = PercentEncode(call.finish().message);
  const std::array fields = {HeaderField("grpc-status", status),
                             HeaderField("grpc-message", message)};
  nghttp2_submit_trailer(session_.get(), call.id(), fields.data(), message.empty() ? 1 : 2);
  *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
  return 0;
}

int ServerConnection::OnSendData(ServerCall& call, std::span<const std::byte> frame_head,
                                 std::size_t length) {
  if (!loop_.gather.HasRoom()) {
    is_gather_full_ = true;
    return NGHTTP2_ERR_WOULDBLOCK;
  }
  loop_.gather.AddCopied(frame_head);
  call.GatherInto(loop_.gather, length, now_);
  return 0;
}

}  // namespace fairlead::h2
