// A field named by dots, "parent.page_size", in a message of some type. Pure.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::transcode {

// From the outermost to the named one; never empty, nothing repeated before the last.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// By the names of the .proto or by their JSON names. Nothing: there is no such field.
std::optional<FieldPath> FindField(const google::protobuf::Descriptor& type, std::string_view path);
// The same for a field that one text can fill: a scalar, an enum, or a well-known type that is a
// text in JSON, or any JSON at all; also a list of these.
std::optional<FieldPath> FindLeaf(const google::protobuf::Descriptor& type, std::string_view path);

// Whether its value is JSON of any shape: google.protobuf.Value and Struct.
bool IsAnyJson(const google::protobuf::FieldDescriptor& field);
// Whether its value is true or false in JSON.
bool IsBoolean(const google::protobuf::FieldDescriptor& field);

}  // namespace fairlead::transcode
