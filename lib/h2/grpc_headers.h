// The gRPC header values that are more than plain text: content type, timeout, status, message.
//
// Source: grpc/grpc doc/PROTOCOL-HTTP2.md. Pure; never fails on outside text but says nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::h2 {

// `application/grpc`, also with `+proto` or parameters. Not `application/grpc-web` or `+json`.
bool IsGrpcContentType(std::string_view value);

// Reads 1 to 8 digits and a unit H M S m u n. Values beyond 1,000 days are cut to that.
std::optional<Duration> ParseTimeout(std::string_view value);
// The shortest exact spelling for whole milliseconds; rounds up. REQUIRES: 0 < timeout.
std::string FormatTimeout(Duration timeout);

// 0..16; nothing for anything else, including signs and blanks.
std::optional<Code> ParseStatus(std::string_view value);

// grpc-message as it crosses the wire: bytes outside ' '..'~', and '%', become %XX; at most
// `bytes_max` bytes come out, never half an escape.
std::string PercentEncode(std::string_view text, std::size_t bytes_max = 1024);
// The reverse; escapes that are none stay as they are.
std::string PercentDecode(std::string_view text);

}  // namespace fairlead::h2
