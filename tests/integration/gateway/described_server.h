// A gRPC server that serves what a description says, and says so by reflection: pb.Greeter, in any
// generation of its .proto. Misbehaves on request.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/descriptor_set.h"
#include "gateway/reflection_dialogue.h"

namespace fairlead::gateway {

class DescribedServer {
 public:
  struct Options {
    Description description;
    std::string greeting = "Hello";
    bool has_v1 = true;
    bool has_v1alpha = true;
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    int connection_age_ms = 0;  // after which it sends callers to another connection; 0: never
  };
  // Listens on 127.0.0.1, on a port of its own.
  explicit DescribedServer(Options options);
  ~DescribedServer();

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  // Refuses new calls and ends, at once.
  void Stop();

  // A method whose caller streams: if the service streams too, each name is answered at once, else
  // all of them with one message, "GREETING, NAME NAME!". Each call ends with the trailer "told":
  // "last".
  //
  // SayHello and StreamHello: `times` messages "GREETING, NAME!". A name "fail" is NOT_FOUND with a
  // detail; "hang" answers nothing until it is cancelled, which `cancelled` counts. The caller's
  // metadata comes back as it came, with "got-" before each name.
  std::atomic<int> calls = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> written = 0;  // messages of streams that gRPC took
  std::atomic<int> read = 0;     // messages of callers who stream

 private:
  class Service;
  const std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace fairlead::gateway
