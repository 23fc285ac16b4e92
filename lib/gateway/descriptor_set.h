// DescriptorSet: the types, methods and routes of one description, ready for requests.
//
// Invariants: immutable once made, so that any thread may use it; nothing in it refers to another
// set, nor to the types of this program but for those that protobuf brings along.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/limits.h"
#include "gateway/reflection_dialogue.h"
#include "transcode/routes.h"

namespace fairlead::gateway {

class DescriptorSet {
 public:
  // kInvalidArgument: files that cannot be what they say, with the first reason; kNotFound: an
  // import or a service that is missing; kResourceExhausted: above a limit. Costs some 30 ms per
  // MiB.
  static Result<std::shared_ptr<const DescriptorSet>> Of(Description description,
                                                         const DescriptorLimits& limits);

  const Description& description() const { return description_; }
  const transcode::Routes& routes() const { return routes_; }
  // By its full name; null: it has none such.
  const google::protobuf::Descriptor* FindType(const std::string& full_name) const {
    return pool_.FindMessageTypeByName(full_name);
  }
  // "pb.Greeter", "SayHello"; null: no service of it has that.
  const google::protobuf::MethodDescriptor* FindMethod(std::string_view service,
                                                       std::string_view method) const;
  const google::protobuf::DescriptorPool& pool() const { return pool_; }
  // A new, empty message of a type of this set. Any thread; it may not outlive the set.
  std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor& type) const;

 private:
  explicit DescriptorSet(Description description) : description_(std::move(description)) {}
  Result<> AddFiles();
  Result<> AddServices(const DescriptorLimits& limits);

  const Description description_;
  google::protobuf::DescriptorPool pool_;
  // Locks inside.
  mutable google::protobuf::DynamicMessageFactory factory_{&pool_};
  transcode::Routes routes_;
};

}  // namespace fairlead::gateway
