// XdsCaller: a stock gRPC C++ client that finds its backends through xDS.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <map>
#include <memory>
#include <string>

namespace fairlead::xds::testing {

class XdsCaller {
 public:
  // `target` as dialled, e.g. "xds:///user"; `bootstrap` is the JSON text.
  // With `is_tls` it takes its credentials from there (XdsCredentials), where a cluster has some.
  XdsCaller(const std::string& target, const std::string& bootstrap, bool is_tls = false);

  // The name of the backend that answered, or the status code's name. Queues until there is a
  // backend when `waits_for_ready`.
  std::string Call(bool waits_for_ready = true);
  // How often each answer came in `count` calls.
  std::map<std::string, int> Calls(int count);
  // Calls until `answer` comes; false when the deadline of 20 s passes first.
  bool CallUntil(const std::string& answer);

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

}  // namespace fairlead::xds::testing
