// A request message out of what an HTTP request says. Pure.
//
// The mapping is grpc-gateway's: what the path does not bind comes from the body, where the rule
// has one, else from the query: names with dots, repeated names for lists, map[key]=value, enums by
// name or number, times and durations as in JSON. The path wins over the body. Stricter than it: an
// unknown name, a name given twice for one value, a query beside a body, keys that are repeated and
// JSON deeper than kJsonDepthMax are refused. By Manner::kGrpcGateway it is as lenient: unknown
// names and keys are passed over, so is a query beside a whole body and a body that no rule asks
// for; a PATCH whose body is a field fills the request's one empty field mask with what the body
// has. Repeated keys stay refused there, too.
#pragma once

#include <google/protobuf/message.h>

#include <string_view>

#include "base/result.h"
#include "transcode/manner.h"
#include "transcode/routes.h"

namespace fairlead::transcode {

// Nothing of ours nests deeper than four.
inline constexpr int kJsonDepthMax = 32;

// What services of others may nest, which is what protobuf's own readers allow.
inline constexpr int kLooseJsonDepthMax = 100;

struct Input {
  std::string_view query;  // as sent, checked by http::ParseTarget
  std::string_view body;   // JSON; empty counts as {}
  Manner manner = Manner::kOwn;
};

// Fills `message`, which is empty and of the route's request type. kInvalidArgument names the field
// and what to send instead.
Result<> Bind(const FoundRoute& found, const Input& input, google::protobuf::Message& message);

// A message in our own API's JSON form: every field is there, also those with their default.
std::string JsonOf(const google::protobuf::Message& message);

// The answer to `request`. Where that has a read mask, what has its default is left out, or nobody
// could tell a field that was not asked for from one that is 0.
std::string AnswerJson(const google::protobuf::Message& request,
                       const google::protobuf::Message& answer);

}  // namespace fairlead::transcode
