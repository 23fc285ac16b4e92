#include "gateway/web.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "gateway/limits.h"
#include "gateway/messages.h"
#include "gateway/metadata.h"
#include "h2/grpc_headers.h"

namespace fairlead::gateway {
namespace {

// Base64 whose pieces may each have their padding.
std::optional<std::string> FromPieces(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('='), text.size());
    while (end < text.size() && text[end] == '=') ++end;
    const auto piece = FromBase64(text.substr(0, end));
    if (!piece) return std::nullopt;
    bytes += *piece;
    text.remove_prefix(end);
  }
  return bytes;
}

std::vector<http::Field> FieldsOf(const PassedCall::End& end) {
  std::vector<http::Field> fields = {
      {"grpc-status", std::to_string(static_cast<int>(end.how.code))}};
  if (!end.how.message.empty())
    fields.push_back({"grpc-message", h2::PercentEncode(end.how.message)});
  if (!end.how.details.empty() && end.how.details.size() <= kDetailsBytesMax)
    fields.push_back({"grpc-status-details-bin", ToBase64(end.how.details)});
  for (http::Field& field : CallFieldsOf(end.trailers, kTrailersBytesMax))
    fields.push_back(std::move(field));
  return fields;
}

}  // namespace

std::string_view WebForm::content_type() const {
  return is_text ? "application/grpc-web-text+proto" : "application/grpc-web+proto";
}

std::optional<WebForm> WebFormOf(std::string_view content_type) {
  constexpr std::string_view kWeb = "application/grpc-web";
  constexpr std::string_view kText = "-text";
  constexpr std::string_view kProto = "+proto";
  if (!content_type.starts_with(kWeb)) return std::nullopt;
  content_type.remove_prefix(kWeb.size());
  const WebForm form{.is_text = content_type.starts_with(kText)};
  if (form.is_text) content_type.remove_prefix(kText.size());
  if (content_type.starts_with(kProto)) content_type.remove_prefix(kProto.size());
  const bool is_whole =
      content_type.empty() || content_type.front() == ';' || content_type.front() == ' ';
  return is_whole ? std::optional(form) : std::nullopt;
}

Result<std::string> MessageOfWeb(WebForm form, const std::string& body,
                                 std::size_t message_bytes_max) {
  std::optional<std::string> bytes = form.is_text ? FromPieces(body) : body;
  if (!bytes) return Fail(Code::kInvalidArgument, "read the request: its body is no base64");
  MessageCutter cutter(message_bytes_max);
  cutter.Feed(*bytes);
  Result<std::optional<std::string>> message = cutter.Next();
  if (!message) return std::unexpected(message.error());
  if (!*message || cutter.kept_bytes() > 0)
    return Fail(Code::kInvalidArgument, "read the request: its body is not one message");
  return **std::move(message);
}

std::string WebPiece(WebForm form, const std::string& framed) {
  return form.is_text ? ToBase64(framed) : framed;
}

std::string WebEnd(WebForm form, const PassedCall::End& end) {
  std::string trailers;
  for (const http::Field& field : FieldsOf(end))
    trailers += field.name + ":" + field.value + "\r\n";
  return WebPiece(form, Framed(kTrailersFlag, trailers));
}

http::Reply WebRefusal(WebForm form, const PassedCall::End& end) {
  http::Reply reply{.fields = FieldsOf(end)};
  reply.fields.push_back({"Content-Type", std::string(form.content_type())});
  return reply;
}

}  // namespace fairlead::gateway
