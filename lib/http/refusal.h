// Refusal: a request that is not answered as asked, and the reply that says why.
//
// The body is google.rpc.Status as JSON, {"code", "message", "details"}, whatever was wrong: who
// reads errors of the API reads these, too. Messages say what was asked, why not, and what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/request.h"

namespace fairlead::http {

struct Refusal {
  unsigned status = 400;
  Code code = Code::kInvalidArgument;
  std::string message;
  std::string_view limit = {};   // the word of the limit that was hit, if one was (limits.h)
  std::string_view reason = {};  // base/error_reasons.h; empty: the code says it all
};

// The HTTP status of a gRPC code, as grpc-gateway maps it; 500 for what is no code.
unsigned StatusOf(Code code);

// "Not Found"; "Unknown" for a status that this server never sends.
std::string_view ReasonOf(unsigned status);

// {"code":5,"message":"...","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",...}]};
// what is no UTF-8 is replaced.
std::string StatusJson(const Error& error);

Reply ReplyOf(const Refusal& refusal);
Reply ReplyOf(const Error& error);

}  // namespace fairlead::http
