// What every call of the gateway's has in common: whom it asks and how, and what it comes to.
//
// Threads: any.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "gateway/answer.h"
#include "gateway/metadata.h"

namespace fairlead::gateway {

struct Calling {
  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<void> open;  // let go when the call has ended
  std::string method;          // "/pb.Greeter/SayHello"
  Metadata metadata;
  std::optional<Duration> timeout;
  std::string service;  // "user-service.shop"
};

void Prepare(grpc::ClientContext& context, const Calling& calling);

// The answer's metadata. REQUIRES: it has come.
Metadata HeadOf(const grpc::ClientContext& context);
// What came with its end. REQUIRES: the call has ended.
Metadata TrailersOf(const grpc::ClientContext& context);

// What a call that failed says to the caller: the service's own words, or ours in place of gRPC's.
CallFailure FailureOf(const Calling& calling, const grpc::Status& status,
                      const grpc::ClientContext& context);

}  // namespace fairlead::gateway
