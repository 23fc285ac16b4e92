// RestHandler: the API over HTTP with JSON, from the rules of its .proto.
//
// Headers: Authorization lets act (ActGuard), Grpc-Timeout limits the call, Accept chooses the form
// of a stream, Last-Event-ID resumes one. No header becomes metadata of the call. Threads: Handle
// on the server's loop; answers come from gRPC's threads.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "rest/act_guard.h"
#include "transcode/routes.h"

namespace fairlead::rest {

class RestHandler final : public http::Handler {
 public:
  struct Options {
    std::shared_ptr<grpc::Channel> channel;
    std::vector<const google::protobuf::ServiceDescriptor*> services;
    ActGuard guard;
    std::string version;  // of the daemon
  };
  // `context` is the server's, and outlives the handler. kInvalidArgument: a rule that cannot be
  // used.
  static Result<std::unique_ptr<RestHandler>> Make(boost::asio::io_context& context,
                                                   Options options);

  std::function<void()> Handle(http::Request request, Answer answer) override;

  // OpenAPI 3 of what is served.
  const std::string& openapi() const { return openapi_; }

 private:
  struct Question;
  RestHandler(boost::asio::io_context& context, Options options, transcode::Routes routes);
  // The question that a request asks, or the reply that says why there is none.
  std::expected<Question, http::Reply> Read(const http::Request& request) const;
  std::function<void()> AskUnary(Question question, Answer answer) const;
  std::function<void()> AskStream(const Question& question, Answer answer) const;

  boost::asio::io_context& context_;
  const Options options_;
  const transcode::Routes routes_;
  const std::string openapi_;
};

}  // namespace fairlead::rest
