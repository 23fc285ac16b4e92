// gRPC-web: one message there and any number back, over what browsers have of HTTP. Pure.
//
// Source: grpc/grpc doc/PROTOCOL-WEB.md. Bodies are messages with their heads, the last of them the
// trailers; in the text form all of it is base64, piece by piece.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/passed_call.h"
#include "http/request.h"

namespace fairlead::gateway {

struct WebForm {
  bool is_text = false;
  std::string_view content_type() const;  // of an answer
};

// Nothing: it is something else.
std::optional<WebForm> WebFormOf(std::string_view content_type);

// The one message of a request. kInvalidArgument: it has none, or several, or is no base64;
// kUnimplemented and kResourceExhausted as MessageCutter says.
Result<std::string> MessageOfWeb(WebForm form, const std::string& body,
                                 std::size_t message_bytes_max);

std::string WebPiece(WebForm form, const std::string& framed);
// The trailers of a call as the last piece.
std::string WebEnd(WebForm form, const PassedCall::End& end);

// An answer that is nothing but an end.
http::Reply WebRefusal(WebForm form, const PassedCall::End& end);

}  // namespace fairlead::gateway
