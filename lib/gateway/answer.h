// What a call came to, as an HTTP answer. Pure.
//
// Errors are google.rpc.Status as JSON with HTTP statuses as grpc-gateway has them. What the
// service said is told on; what gRPC itself says, with addresses of replicas in it, is not.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/descriptor_set.h"
#include "gateway/metadata.h"
#include "http/request.h"
#include "transcode/routes.h"

namespace fairlead::gateway {

struct CallFailure {
  Code code = Code::kUnknown;
  std::string message;
  std::string details = {};  // a serialized google.rpc.Status; empty: none
};

// "{"code":5,"message":"...","details":[...]}". A detail of a type that is not in `set` is told as
// its @type and its bytes.
std::string JsonOf(const CallFailure& failure, const DescriptorSet& set);
http::Reply ReplyOf(const CallFailure& failure, const DescriptorSet& set);

// The answer to a unary call; a google.api.HttpBody is told as what is in it.
http::Reply ReplyOf(const transcode::Route& route, const google::protobuf::Message& answer,
                    const Metadata& metadata);

struct RawBody {
  std::string content_type;
  std::string data;
};
bool IsRawBody(const google::protobuf::Descriptor& type);
// REQUIRES: IsRawBody of its type.
RawBody RawBodyOf(const google::protobuf::Message& message);

}  // namespace fairlead::gateway
