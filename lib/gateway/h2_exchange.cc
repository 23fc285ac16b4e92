#include "gateway/h2_exchange.h"

#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/limits.h"
#include "http/host_gate.h"
#include "http/reply_head.h"
#include "http/target.h"
#include "runtime/clock.h"

namespace fairlead::gateway {
namespace {

namespace asio = boost::asio;

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::size_t BodyBytesMax() {
  return GatewayHttpLimits().body_bytes_max;
}

}  // namespace

// Touched on the gateway's loop only.
struct H2Exchange::Asking {
  std::function<void()> cancel = {};
  bool is_gone = false;
};

H2Exchange::H2Exchange(const H2Front::Parts& parts, http::Request request, h2::BodyStream& stream)
    : parts_(parts),
      stream_(stream),
      self_(parts.loop, this),
      request_(std::move(request)),
      method_(request_.method),
      patience_(parts.loop, [this] {
        Refuse({.status = 408,
                .code = Code::kDeadlineExceeded,
                .message = "read the request: it did not come within its time; send it in one go",
                .limit = "request-time"});
      }) {
  stream_.Take(0, BodyBytesMax());
  patience_.Set(runtime::Now() + parts.body_time_max);
}

void H2Exchange::OnBody(std::span<const std::byte> bytes) {
  if (has_reply_) return;
  if (request_.body.size() + bytes.size() > BodyBytesMax()) {
    return Refuse({.status = 413,
                   .code = Code::kResourceExhausted,
                   .message = "read the request's body: it is longer than " +
                              std::to_string(BodyBytesMax()) + " bytes; send less",
                   .limit = "body-bytes"});
  }
  request_.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void H2Exchange::OnHalfClose() {
  if (has_reply_) return;
  asked_at_ = runtime::Now();
  patience_.Cancel();
  stream_.Take(request_.body.size(), 0);
  auto target = http::ParseTarget(request_.path);
  if (!target) return Refuse(target.error());
  static const http::HostGate kAllNames = http::HostGate::OfAllNames();
  if (!kAllNames.Admits(request_.Find("host"))) {
    return Refuse({.status = 421,
                   .code = Code::kPermissionDenied,
                   .message = "answer the request: its :authority is no name"});
  }
  request_.path = std::move(target->path);
  request_.query = std::move(target->query);
  if (request_.method == "HEAD") request_.method = "GET";
  asking_ = std::make_shared<Asking>();
  asio::post(parts_.context,
             [&gateway = parts_.gateway, &loop = parts_.loop, asking = asking_,
              answer = self_.For(&H2Exchange::OnReply), request = std::move(request_)]() mutable {
               if (asking->is_gone) return;
               asking->cancel = gateway.Handle(std::move(request), answer);
             });
}

void H2Exchange::OnReply(http::Reply reply) {
  if (has_reply_ || is_over_) {
    if (reply.stream) reply.stream->Cancel();
    return;
  }
  has_reply_ = true;
  if (parts_.told.served) {
    parts_.told.served({.route = reply.route,
                        .method = method_,
                        .status = reply.status,
                        .took = runtime::Now() - asked_at_});
  }
  const std::string status = std::to_string(reply.status);
  std::vector<http::Field> fields = http::FieldsOf(reply);
  if (!reply.stream) fields.push_back({"content-length", std::to_string(reply.body.size())});
  for (http::Field& field : fields) field.name = LowerCase(std::move(field.name));
  std::vector<std::pair<std::string_view, std::string_view>> views = {{":status", status}};
  std::size_t bytes = 0;
  for (const http::Field& field : fields) {
    bytes += field.name.size() + field.value.size() + 32;
    if (bytes <= h2::BodyStream::kHeadBytesMax) views.emplace_back(field.name, field.value);
  }
  stream_.Begin(views);
  body_ = std::move(reply.stream);
  const bool is_head = method_ == "HEAD";
  if (body_ && is_head) std::exchange(body_, nullptr)->Cancel();
  if (body_) return Pull();
  if (!is_head && !reply.body.empty()) Write(reply.body);
  is_over_ = true;
  stream_.End({});
}

void H2Exchange::Pull() {
  if (!body_ || is_pulling_ || is_over_ || stream_.write_pending()) return;
  is_pulling_ = true;
  body_->Next(self_.For(&H2Exchange::OnPiece));
}

void H2Exchange::OnPiece(std::optional<std::string> piece) {
  is_pulling_ = false;
  if (is_over_) return;
  if (piece) {
    Write(*piece);
    return Pull();
  }
  is_over_ = true;
  stream_.End({});
}

void H2Exchange::Write(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  stream_.WriteBody(std::make_shared<const h2::Bytes>(bytes.begin(), bytes.end()));
}

void H2Exchange::Refuse(const http::Refusal& refusal) {
  if (!refusal.limit.empty() && parts_.told.limit_hit) parts_.told.limit_hit(refusal.limit);
  asked_at_ = runtime::Now();
  patience_.Cancel();
  OnReply(http::ReplyOf(refusal));
}

void H2Exchange::OnClosed() {
  is_over_ = true;
  patience_.Cancel();
  if (body_) body_->Cancel();
  if (!asking_) return;
  asio::post(parts_.context, [asking = std::move(asking_)] {
    asking->is_gone = true;
    if (const auto cancel = std::exchange(asking->cancel, {})) cancel();
  });
}

}  // namespace fairlead::gateway
