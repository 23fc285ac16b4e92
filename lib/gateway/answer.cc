#include "gateway/answer.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/base64.h"
#include "google/rpc/status.pb.h"
#include "http/refusal.h"
#include "transcode/tell.h"

namespace fairlead::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using json = nlohmann::ordered_json;

// google.rpc.Status has a few; a server that sends thousands tells nobody anything.
constexpr int kDetailsMax = 32;

json DetailOf(const google::protobuf::Any& detail, const DescriptorSet& set) {
  json told = {{"@type", detail.type_url()}};
  const std::size_t slash = detail.type_url().rfind('/');
  const auto* type = set.FindType(detail.type_url().substr(slash + 1));
  if (type != nullptr) {
    const std::unique_ptr<Message> message = set.New(*type);
    if (message->ParseFromString(detail.value())) {
      const json fields = json::parse(transcode::TellJson(*message), nullptr, false);
      if (fields.is_object()) {
        told.update(fields);
      } else {
        told["value"] = fields;
      }
      return told;
    }
  }
  told["value"] = ToBase64(detail.value());
  return told;
}

const FieldDescriptor* TextField(const google::protobuf::Descriptor& type, const char* name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return is_text ? field : nullptr;
}

bool IsFieldValue(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

std::string JsonOf(const CallFailure& failure, const DescriptorSet& set) {
  json told = {{"code", static_cast<int>(failure.code)},
               {"message", failure.message},
               {"details", json::array()}};
  google::rpc::Status status;
  if (!failure.details.empty() && status.ParseFromString(failure.details)) {
    for (int i = 0; i < status.details_size() && i < kDetailsMax; ++i)
      told["details"].push_back(DetailOf(status.details(i), set));
  }
  return told.dump(-1, ' ', false, json::error_handler_t::replace);
}

http::Reply ReplyOf(const CallFailure& failure, const DescriptorSet& set) {
  return {.status = http::StatusOf(failure.code),
          .fields = {{"Content-Type", "application/json"}},
          .body = JsonOf(failure, set)};
}

http::Reply ReplyOf(const transcode::Route& route, const Message& answer,
                    const Metadata& metadata) {
  http::Reply reply{.fields = FieldsOf(metadata)};
  if (IsRawBody(*answer.GetDescriptor()) && route.response_field == nullptr) {
    RawBody raw = RawBodyOf(answer);
    reply.fields.push_back({"Content-Type", std::move(raw.content_type)});
    reply.body = std::move(raw.data);
  } else {
    reply.fields.push_back({"Content-Type", "application/json"});
    reply.body = transcode::TellAnswer(route, answer);
  }
  return reply;
}

bool IsRawBody(const google::protobuf::Descriptor& type) {
  return type.full_name() == "google.api.HttpBody" && TextField(type, "content_type") != nullptr &&
         TextField(type, "data") != nullptr;
}

RawBody RawBodyOf(const Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  RawBody raw{.content_type = reflection.GetString(message, TextField(type, "content_type")),
              .data = reflection.GetString(message, TextField(type, "data"))};
  if (raw.content_type.empty() || !IsFieldValue(raw.content_type))
    raw.content_type = "application/octet-stream";
  return raw;
}

}  // namespace fairlead::gateway
