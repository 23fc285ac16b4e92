// Reflector: asks one replica's server reflection what it serves, v1 first, then v1alpha.
//
// Threads: the gateway's loop; `done` comes once.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "gateway/call_count.h"
#include "gateway/descriptor_set.h"
#include "gateway/limits.h"

namespace fairlead::gateway {

class ReplicaChannel;

using Described = std::function<void(Result<std::shared_ptr<const DescriptorSet>>)>;

struct ReflectionOptions {
  DescriptorLimits descriptors;
  Duration time_max{};  // of both versions together
};

// Returns what gives it up, which may be called at any time after; `done` is called all the same.
// kUnimplemented: the server has no reflection.
std::function<void()> Reflect(std::shared_ptr<ReplicaChannel> channel,
                              const ReflectionOptions& options, CallCount::Token token,
                              Described done);

}  // namespace fairlead::gateway
