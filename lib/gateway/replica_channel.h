// A gRPC channel to replicas of one service, with the rules that its labels ask for.
//
// Why gRPC's own: it gives each call to the next connected replica, sends a call elsewhere that
// surely was not processed (the connection failed, REFUSED_STREAM, GOAWAY before it), and retries
// by the service's policy, all as the clients do that discovery serves. Channels share connections
// by address, so a new one for a changed list connects to nobody again.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "gateway/service_now.h"
#include "spec/names.h"
#include "spec/service_spec.h"

namespace fairlead::gateway {

// The retry policy of the labels as gRPC's service config. Pure.
std::string ServiceConfigOf(const spec::RetrySpec& retry);

// REQUIRES: `addresses` is not empty, and of one family.
std::shared_ptr<grpc::Channel> OpenChannel(const ServiceName& name, const spec::RetrySpec& retry,
                                           const std::vector<Address>& addresses);

}  // namespace fairlead::gateway
