// One call of a gRPC method by its descriptor, over a channel inside the process.
//
// Why gRPC again and not the service object: a call over REST is then the same call, with the same
// checks, limits, meters and errors, whatever methods the API has or gets.
// Threads: begun on any; `done` and `Take` come on gRPC's own.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "access/caller.h"
#include "base/result.h"
#include "base/time.h"
#include "http/request.h"
#include "transcode/stream_form.h"

namespace fairlead::rest {

struct CallOptions {
  access::Caller caller = {};  // who asks
  std::optional<Duration> timeout = {};
};

using Unary = std::function<void(Result<std::unique_ptr<google::protobuf::Message>>)>;

// Returns what gives the call up; `done` is called once all the same.
std::function<void()> CallUnary(const std::shared_ptr<grpc::Channel>& channel,
                                const google::protobuf::MethodDescriptor& method,
                                const google::protobuf::Message& request,
                                const CallOptions& options, Unary done);

// Called once: when the first message is there or the call has ended, with why it failed before
// that, if it did.
using StreamBegun = std::function<void(Result<> how, std::shared_ptr<http::Body> body)>;

// A server stream as the body of an answer, which keeps the first message for its first taker.
// REQUIRES: Next and Cancel of the body from one thread.
std::shared_ptr<http::Body> CallStream(const std::shared_ptr<grpc::Channel>& channel,
                                       const google::protobuf::MethodDescriptor& method,
                                       const google::protobuf::Message& request,
                                       const CallOptions& options, transcode::StreamForm form,
                                       StreamBegun begun);

}  // namespace fairlead::rest
