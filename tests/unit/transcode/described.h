// A service made of a description at run time, for rules and fields that our own API does not have.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "google/api/annotations.pb.h"

namespace fairlead::transcode {

class DescribedService {
 public:
  // `text` is the text form of a FileDescriptorProto; its first service is meant.
  explicit DescribedService(const std::string& text) {
    google::protobuf::FileDescriptorProto file;
    if (!google::protobuf::TextFormat::ParseFromString(text, &file)) return;
    if (const auto* built = pool_.BuildFile(file)) service_ = built->service(0);
  }

  const google::protobuf::ServiceDescriptor* service() const { return service_; }
  std::unique_ptr<google::protobuf::Message> Message() {
    return std::unique_ptr<google::protobuf::Message>(
        factory_.GetPrototype(service_->method(0)->input_type())->New());
  }

 private:
  google::protobuf::DescriptorPool pool_{google::protobuf::DescriptorPool::generated_pool()};
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  const google::protobuf::ServiceDescriptor* service_ = nullptr;
};

class Described : public DescribedService {
 public:
  // `rule` is the text form of the one method's google.api.HttpRule; empty: it has none.
  explicit Described(const std::string& rule, const std::string& more = "")
      : DescribedService(TextOf(rule, more)) {}

 private:
  static std::string TextOf(const std::string& rule, const std::string& more) {
    const std::string options =
        rule.empty() ? "" : "options { [google.api.http] { " + rule + " } }";
    const std::string text = R"(
      name: "t.proto" package: "t" syntax: "proto3"
      dependency: "google/protobuf/timestamp.proto"
      dependency: "google/protobuf/wrappers.proto"
      enum_type { name: "Color" value { name: "NONE" number: 0 } value { name: "RED" number: 1 } }
      message_type {
        name: "Ask"
        field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
        field { name: "page_size" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL }
        field { name: "big" number: 3 type: TYPE_UINT64 label: LABEL_OPTIONAL }
        field { name: "on" number: 4 type: TYPE_BOOL label: LABEL_OPTIONAL }
        field { name: "color" number: 5 type: TYPE_ENUM type_name: ".t.Color" label: LABEL_OPTIONAL }
        field { name: "at" number: 6 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL }
        field { name: "maybe" number: 7 type: TYPE_MESSAGE type_name: ".google.protobuf.BoolValue" label: LABEL_OPTIONAL }
        field { name: "words" number: 8 type: TYPE_STRING label: LABEL_REPEATED }
        field { name: "labels" number: 9 type: TYPE_MESSAGE type_name: ".t.Ask.LabelsEntry" label: LABEL_REPEATED }
        field { name: "inner" number: 10 type: TYPE_MESSAGE type_name: ".t.Ask" label: LABEL_OPTIONAL }
        field { name: "ratio" number: 11 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
        field { name: "raw" number: 12 type: TYPE_BYTES label: LABEL_OPTIONAL }
        nested_type {
          name: "LabelsEntry" options { map_entry: true }
          field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
          field { name: "value" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
        }
      }
      service { name: "S" method { name: "M" input_type: ".t.Ask" output_type: ".t.Ask" )" +
                             options + more + " } }";
    return text;
  }
};

// A request as both manners of binding are asked with it.
struct Asked {
  std::string rule = "get: \"/x\"";
  std::string verb = "GET";
  std::string path = "/x";
  std::string query = "";
  std::string body = "";
};

}  // namespace fairlead::transcode
