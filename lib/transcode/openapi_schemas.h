// Schemas: JSON Schemas of messages, as OpenAPI 3.0 has them. Pure.
//
// Invariant: every type that is referred to is in what Take() gives. Types are looked at one after
// the other and not within each other, as a chain of them is as long as their author likes.
#pragma once

#include <google/protobuf/descriptor.h>

#include <deque>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "transcode/manner.h"

namespace fairlead::transcode {

class Schemas {
 public:
  using Json = nlohmann::ordered_json;

  explicit Schemas(Manner manner) : manner_(manner) {}

  Json Of(const google::protobuf::FieldDescriptor& field);
  Json Reference(const google::protobuf::Descriptor& type);
  // google.rpc.Status, with which errors are told.
  static Json Status() { return {{"$ref", "#/components/schemas/google.rpc.Status"}}; }
  // All that were referred to, by name.
  Json Take();

 private:
  Json OfOne(const google::protobuf::FieldDescriptor& field);
  Json OfKnown(const google::protobuf::Descriptor& type);
  Json OfObject(const google::protobuf::Descriptor& type);

  const Manner manner_;
  std::set<std::string> seen_;
  std::deque<const google::protobuf::Descriptor*> to_do_;
};

}  // namespace fairlead::transcode
