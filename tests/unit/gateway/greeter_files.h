// Descriptions as a server's reflection gives them, made of text.
#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <string>

#include "gateway/reflection_dialogue.h"
#include "google/api/annotations.pb.h"

namespace fairlead::gateway {

// A file of package pb, in the text form of FileDescriptorProto.
inline google::protobuf::FileDescriptorProto FileOf(const std::string& name,
                                                    const std::string& text) {
  google::protobuf::FileDescriptorProto file;
  google::protobuf::TextFormat::ParseFromString(
      "name: \"" + name + "\" syntax: \"proto3\" package: \"pb\" " + text, &file);
  return file;
}

// The service of the walk, with what else a generation has: fields of the request, and methods.
inline std::string GreeterText(const std::string& fields = "", const std::string& methods = "") {
  return R"(
    message_type {
      name: "HelloRequest"
      field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
      field { name: "times" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
      )" +
         fields + R"(
    }
    message_type {
      name: "HelloReply"
      field { name: "message" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    }
    service {
      name: "Greeter"
      method {
        name: "SayHello" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
        options { [google.api.http] { get: "/v1/hello/{name}" additional_bindings { post: "/v1/hello" body: "*" } } }
      }
      method {
        name: "StreamHello" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
        server_streaming: true
        options { [google.api.http] { get: "/v1/hellos/{name}" } }
      }
      )" +
         methods + R"(
    }
  )";
}

inline Description DescriptionOf(const google::protobuf::FileDescriptorProto& file,
                                 const std::string& service = "pb.Greeter") {
  return {.files = {{file.name(), file.SerializeAsString()}}, .services = {service}};
}

inline Description Greeter(const std::string& fields = "", const std::string& methods = "") {
  return DescriptionOf(FileOf("hello.proto", GreeterText(fields, methods)));
}

}  // namespace fairlead::gateway
