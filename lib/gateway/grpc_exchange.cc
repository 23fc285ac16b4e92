#include "gateway/grpc_exchange.h"

#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "gateway/limits.h"
#include "gateway/metadata.h"
#include "h2/grpc_headers.h"
#include "runtime/clock.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;

using FieldViews = std::vector<std::pair<std::string_view, std::string_view>>;

void AddHead(FieldViews& fields) {
  fields.emplace_back(":status", "200");
  fields.emplace_back("content-type", "application/grpc");
  fields.emplace_back("grpc-accept-encoding", "identity");
}

void Add(const std::vector<http::Field>& from, FieldViews& fields) {
  for (const http::Field& field : from) fields.emplace_back(field.name, field.value);
}

}  // namespace

// Touched on the gateway's loop only.
struct GrpcExchange::Asking {
  std::function<void()> cancel = {};  // of the question, then of the call
  bool has_begun = false;
  bool is_gone = false;
};

GrpcExchange::GrpcExchange(const H2Front::Parts& parts, http::Request request,
                           h2::BodyStream& stream)
    : parts_(parts),
      stream_(stream),
      begun_at_(runtime::Now()),
      self_(parts.loop, this),
      cutter_(CallLimits().message_bytes_max),
      patience_(parts.loop, [this] {
        if (parts_.told.limit_hit) parts_.told.limit_hit("request-time");
        Refuse({Code::kDeadlineExceeded,
                "read a message: it did not come within its time; send it in one go"});
      }) {
  Ask(std::move(request));
}

void GrpcExchange::Ask(http::Request request) {
  asking_ = std::make_shared<Asking>();
  asio::post(
      parts_.context,
      [&gateway = parts_.gateway, asking = asking_, begun = self_.For(&GrpcExchange::OnBegun),
       head = self_.For(&GrpcExchange::OnHead), request = std::move(request)]() mutable {
        if (asking->is_gone) return;
        const auto pass_on = [asking, begun](const Called& call) {
          asking->has_begun = true;
          asking->cancel = {};
          // Whoever asked may leave before he hears of it.
          if (call) asking->cancel = [call = *call] { call->Cancel(); };
          begun(call);
        };
        std::function<void()> cancel = gateway.BeginPass(
            {.request = std::move(request), .begun = pass_on, .head = std::move(head)});
        if (!asking->has_begun) asking->cancel = std::move(cancel);
      });
}

void GrpcExchange::OnClosed() {
  if (!is_over_) Tell(Code::kCancelled);
  is_over_ = true;
  patience_.Cancel();
  asio::post(parts_.context, [asking = std::move(asking_)] {
    asking->is_gone = true;
    if (const auto cancel = std::exchange(asking->cancel, {})) cancel();
  });
}

void GrpcExchange::OnBegun(Called call) {
  if (is_over_) return;
  if (!call) return Refuse(call.error());
  call_ = *std::move(call);
  Push();
  Pull();
}

void GrpcExchange::OnBody(std::span<const std::byte> bytes) {
  cutter_.Feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  Push();
}

void GrpcExchange::OnHalfClose() {
  is_half_closed_ = true;
  Push();
}

void GrpcExchange::OnSent() {
  is_sending_ = false;
  Push();
}

void GrpcExchange::Push() {
  if (!call_ || is_sending_ || is_over_) return;
  Result<std::optional<std::string>> message = cutter_.Next();
  if (!message) return Refuse(message.error());
  if (*message) {
    patience_.Cancel();
    is_patient_ = false;
    is_sending_ = true;
    const std::size_t taken = kMessageHeadBytes + (*message)->size();
    call_->Send(**std::move(message), self_.For(&GrpcExchange::OnSent));
    stream_.Take(taken, 0);
  } else if (!is_half_closed_) {
    stream_.Take(0, cutter_.wanted_bytes());
    WaitForMessage();
  } else if (cutter_.kept_bytes() > 0) {
    Refuse({Code::kInternal, "read a message: the call's body ended inside it"});
  } else {
    is_sending_ = true;  // there is nothing more to send
    call_->SendNoMore();
  }
}

void GrpcExchange::WaitForMessage() {
  if (cutter_.kept_bytes() == 0 || std::exchange(is_patient_, true)) return;
  patience_.Set(runtime::Now() + parts_.body_time_max);
}

void GrpcExchange::Pull() {
  if (!call_ || is_pulling_ || is_over_ || stream_.write_pending()) return;
  is_pulling_ = true;
  call_->Next(self_.For(&GrpcExchange::OnPiece));
}

void GrpcExchange::OnHead(Metadata metadata) {
  if (is_over_ || std::exchange(has_head_, true)) return;
  const std::vector<http::Field> told = CallFieldsOf(metadata, kMetadataBytesMax);
  FieldViews fields;
  AddHead(fields);
  Add(told, fields);
  stream_.Begin(fields);
}

void GrpcExchange::OnPiece(std::optional<std::string> piece) {
  is_pulling_ = false;
  if (is_over_) return;
  if (!piece) return End(call_->end());
  OnHead({});
  const auto bytes = std::as_bytes(std::span(*piece));
  stream_.WriteBody(std::make_shared<const h2::Bytes>(bytes.begin(), bytes.end()));
  Pull();
}

void GrpcExchange::End(const PassedCall::End& end) {
  is_over_ = true;
  patience_.Cancel();
  Tell(end.how.code);
  const std::string status = std::to_string(static_cast<int>(end.how.code));
  const std::string message = h2::PercentEncode(end.how.message);
  const std::string details =
      end.how.details.size() > kDetailsBytesMax ? "" : ToBase64(end.how.details);
  const std::vector<http::Field> told = CallFieldsOf(end.trailers, kTrailersBytesMax);
  FieldViews fields;
  if (!has_head_) AddHead(fields);
  fields.emplace_back("grpc-status", status);
  if (!message.empty()) fields.emplace_back("grpc-message", message);
  if (!details.empty()) fields.emplace_back("grpc-status-details-bin", details);
  Add(told, fields);
  stream_.End(fields);
}

void GrpcExchange::Refuse(const Error& error) {
  if (error.code == Code::kResourceExhausted && call_ && parts_.told.limit_hit)
    parts_.told.limit_hit("message-bytes");
  if (call_) call_->Cancel();
  End({.how = {error.code, error.message}});
}

void GrpcExchange::Tell(Code code) {
  if (parts_.told.called)
    parts_.told.called(call_ ? call_->service() : "", code, runtime::Now() - begun_at_);
}

}  // namespace fairlead::gateway
