// Deterministic serialisation: equal messages give equal bytes, on every host and in every run.
#pragma once

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <string>

namespace fairlead::xds {

// Map fields in key order; what content hashes are made of.
std::string Serialise(const google::protobuf::Message& message);

// An Any that holds `message`, serialised the same way.
google::protobuf::Any Pack(const google::protobuf::Message& message);

}  // namespace fairlead::xds
