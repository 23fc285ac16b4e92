#include "transcode/openapi_schemas.h"

#include <utility>

namespace fairlead::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using Json = Schemas::Json;

constexpr const char* kStatus = "google.rpc.Status";

Json OfAny() {
  return {{"type", "object"},
          {"required", {"@type"}},
          {"properties", {{"@type", {{"type", "string"}}}}},
          {"additionalProperties", true}};
}

Json OfEnum(const EnumDescriptor& type) {
  if (type.full_name() == "google.protobuf.NullValue") return Json::object();
  Json values = Json::array();
  for (int i = 0; i < type.value_count(); ++i) values.push_back(type.value(i)->name());
  return {{"type", "string"}, {"enum", std::move(values)}};
}

Json OfStatus() {
  return {{"type", "object"},
          {"required", {"code", "message"}},
          {"properties",
           {{"code", {{"type", "integer"}, {"format", "int32"}}},
            {"message", {{"type", "string"}}},
            {"details", {{"type", "array"}, {"items", OfAny()}}}}}};
}

}  // namespace

Json Schemas::Of(const FieldDescriptor& field) {
  if (field.is_map()) {
    return {{"type", "object"},
            {"additionalProperties", OfOne(*field.message_type()->map_value())}};
  }
  Json one = OfOne(field);
  if (!field.is_repeated()) return one;
  return {{"type", "array"}, {"items", std::move(one)}};
}

Json Schemas::Reference(const Descriptor& type) {
  if (type.well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
    if (seen_.insert(type.full_name()).second) to_do_.push_back(&type);
    return {{"$ref", "#/components/schemas/" + type.full_name()}};
  }
  Json known = OfKnown(type);
  // There a message that is not set is told as null.
  if (manner_ == Manner::kGrpcGateway && known.contains("type")) known["nullable"] = true;
  return known;
}

Json Schemas::OfKnown(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return {{"type", "string"}, {"format", "date-time"}};
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return {{"type", "string"}, {"pattern", "^-?[0-9]+([.][0-9]{1,9})?s$"}};
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return {{"type", "string"}};
    case Descriptor::WELLKNOWNTYPE_ANY:
      return OfAny();
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return {{"type", "object"}, {"additionalProperties", true}};
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return Json::object();
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return {{"type", "array"}, {"items", Json::object()}};
    default:  // wrappers
      return OfOne(*type.field(0));
  }
}

Json Schemas::Take() {
  Json all = Json::object();
  for (; !to_do_.empty(); to_do_.pop_front())
    all[to_do_.front()->full_name()] = OfObject(*to_do_.front());
  all[kStatus] = OfStatus();
  return all;
}

Json Schemas::OfObject(const Descriptor& type) {
  Json properties = Json::object();
  for (int i = 0; i < type.field_count(); ++i)
    properties[type.field(i)->json_name()] = Of(*type.field(i));
  Json object = {{"type", "object"}, {"properties", std::move(properties)}};
  if (manner_ == Manner::kGrpcGateway) object["nullable"] = true;
  return object;
}

Json Schemas::OfOne(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_INT64:
      return {{"type", "string"}, {"format", "int64"}};
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "string"}, {"format", "uint64"}};
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return {{"type", "number"}};
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES)
        return {{"type", "string"}, {"format", "byte"}};
      return {{"type", "string"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return OfEnum(*field.enum_type());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Reference(*field.message_type());
  }
  return {{"type", "string"}};
}

}  // namespace fairlead::transcode
