// Greeter: a gRPC backend in this process that answers every unary call with its own name, at once
// or when it is told to.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fairlead::xds::testing {

class Greeter : private grpc::CallbackGenericService {
 public:
  // Answers every call with `status` and, when that is OK, its name.
  explicit Greeter(std::string name, grpc::Status status = grpc::Status::OK);
  // Over TLS as well or, if it `is_strict`, over nothing else.
  Greeter(std::string name, std::shared_ptr<grpc::ServerCredentials> tls, bool is_strict);
  ~Greeter();

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }          // 0: strict
  std::uint16_t tls_port() const { return static_cast<std::uint16_t>(tls_port_); }  // 0: no TLS
  int calls() const { return calls_; }
  // From now on calls wait for Release().
  void Hold();
  void Release();

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override;
  void Start(std::shared_ptr<grpc::ServerCredentials> tls, bool is_plaintext);

  const std::string name_;
  const grpc::Status status_;
  int port_ = 0;
  int tls_port_ = 0;
  std::atomic<int> calls_ = 0;
  std::mutex mutex_;
  bool holds_ = false;
  std::vector<std::function<void()>> held_;  // answers them
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace fairlead::xds::testing
