// One call of the stock gRPC C++ client to any method, message by message.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace fairlead::h2::testing {

// Every step waits at most ten seconds and then fails.
class GrpcCall {
 public:
  GrpcCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
           std::optional<std::chrono::milliseconds> timeout = {}, bool waits_for_server = true,
           const std::map<std::string, std::string>& metadata = {});
  ~GrpcCall();

  bool Send(const std::string& message);
  bool HalfClose();
  std::optional<std::string> Receive();  // nothing when the stream is over
  grpc::Status End();
  void Cancel() { context_.TryCancel(); }
  // What the server has told; each of one name.
  std::map<std::string, std::string> Head() const;      // after a message, or the end
  std::map<std::string, std::string> Trailers() const;  // after the end

 private:
  bool Wait();

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  bool is_ended_ = false;
};

// A channel that takes and gives messages of any size. `tls_name`: whom the server has to be, where
// that is not the target.
std::shared_ptr<grpc::Channel> Dial(const std::string& target,
                                    const std::shared_ptr<grpc::ChannelCredentials>& credentials =
                                        grpc::InsecureChannelCredentials(),
                                    const std::string& tls_name = "");

}  // namespace fairlead::h2::testing
