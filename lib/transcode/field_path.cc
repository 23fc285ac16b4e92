#include "transcode/field_path.h"

#include <algorithm>
#include <array>

namespace fairlead::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr auto kTextTypes = std::to_array<std::string_view>({
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
    "google.protobuf.FieldMask",
    "google.protobuf.StringValue",
    "google.protobuf.BytesValue",
    "google.protobuf.BoolValue",
    "google.protobuf.Int32Value",
    "google.protobuf.Int64Value",
    "google.protobuf.UInt32Value",
    "google.protobuf.UInt64Value",
    "google.protobuf.FloatValue",
    "google.protobuf.DoubleValue",
    "google.protobuf.Struct",
    "google.protobuf.Value",
});

const FieldDescriptor* FieldOf(const Descriptor& type, const std::string& name) {
  if (const FieldDescriptor* field = type.FindFieldByName(name)) return field;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name) return type.field(i);
  }
  return nullptr;
}

}  // namespace

std::optional<FieldPath> FindField(const Descriptor& type, std::string_view path) {
  FieldPath found;
  const Descriptor* inside = &type;
  while (true) {
    const std::size_t dot = path.find('.');
    const FieldDescriptor* field =
        inside == nullptr ? nullptr : FieldOf(*inside, std::string(path.substr(0, dot)));
    if (field == nullptr) return std::nullopt;
    found.push_back(field);
    if (dot == std::string_view::npos) return found;
    if (field->is_repeated()) return std::nullopt;
    inside = field->message_type();
    path.remove_prefix(dot + 1);
  }
}

std::optional<FieldPath> FindLeaf(const Descriptor& type, std::string_view path) {
  auto found = FindField(type, path);
  if (!found) return std::nullopt;
  const Descriptor* message = found->back()->message_type();
  if (message != nullptr && std::ranges::find(kTextTypes, message->full_name()) == kTextTypes.end())
    return std::nullopt;
  return found;
}

bool IsAnyJson(const FieldDescriptor& field) {
  const Descriptor* message = field.message_type();
  return message != nullptr && (message->full_name() == "google.protobuf.Struct" ||
                                message->full_name() == "google.protobuf.Value");
}

bool IsBoolean(const FieldDescriptor& field) {
  const Descriptor* message = field.message_type();
  return field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL ||
         (message != nullptr && message->full_name() == "google.protobuf.BoolValue");
}

}  // namespace fairlead::transcode
