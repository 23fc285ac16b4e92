// What crosses the gateway besides messages: headers of HTTP and metadata of gRPC. Pure.
//
// As grpc-gateway does it: Authorization as it is, the permanent headers with `grpcgateway-` before
// them, Grpc-Metadata-X as `x`, X-Forwarded-For and -Host added; metadata of the answer as
// Grpc-Metadata-X. Stricter in one thing: a caller cannot set by Grpc-Metadata- what a service
// believes of its transport or of us (kNotByCallers).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/request.h"

namespace fairlead::gateway {

using Metadata = std::vector<std::pair<std::string, std::string>>;

// kInvalidArgument: a -bin header that is no base64.
// Without `forwards_auth` the caller's Authorization and Cookie are left out.
Result<Metadata> MetadataOf(const http::Request& request, bool forwards_auth = true);

// Of a call of gRPC or gRPC-web, whose headers are its metadata: by the same rules, but for
// Grpc-Metadata-X that `x` is written. kInvalidArgument as above.
Result<Metadata> MetadataOfCall(const http::Request& request, bool forwards_auth = true);

// In their order; what no header could hold is left out.
std::vector<http::Field> FieldsOf(const Metadata& metadata);

// The same for callers who speak gRPC or gRPC-web: metadata under its own names, but for what is
// HTTP's, gRPC's or ours to say. What is beyond `bytes_max` as a header list counts is left out.
std::vector<http::Field> CallFieldsOf(const Metadata& metadata, std::size_t bytes_max);

// What Grpc-Timeout asks for, 24 hours at most; nothing without one. kInvalidArgument: it is no
// time.
Result<std::optional<Duration>> TimeoutOf(const http::Request& request);

}  // namespace fairlead::gateway
