// The gateway's two strangers: a caller whose request becomes a message, and a server that says
// what its messages are.
#include <google/protobuf/descriptor.pb.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/check.h"
#include "fuzz/targets.h"
#include "gateway/descriptor_set.h"
#include "gateway/metadata.h"
#include "http/head.h"
#include "transcode/bind.h"
#include "transcode/tell.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::fuzz {
namespace {

using gateway::DescriptorSet;

constexpr gateway::DescriptorLimits kLimits{
    .bytes_max = 64 * 1024, .files_max = 16, .services_max = 8, .types_max = 64};

// Fields of each kind that texts, paths and JSON are read into.
constexpr const char* kFields = R"(
  field { name: "kind" number: 3 type: TYPE_ENUM type_name: ".pb.Kind" label: LABEL_OPTIONAL }
  field { name: "inner" number: 4 type: TYPE_MESSAGE type_name: ".pb.HelloRequest" label: LABEL_OPTIONAL }
  field { name: "words" number: 5 type: TYPE_STRING label: LABEL_REPEATED }
  field { name: "bytes" number: 6 type: TYPE_BYTES label: LABEL_OPTIONAL }
  field { name: "ratio" number: 7 type: TYPE_DOUBLE label: LABEL_OPTIONAL }
  field { name: "is_on" number: 8 type: TYPE_BOOL label: LABEL_OPTIONAL }
  field { name: "when" number: 9 type: TYPE_MESSAGE type_name: ".google.protobuf.Timestamp" label: LABEL_OPTIONAL }
  field { name: "long" number: 10 type: TYPE_MESSAGE type_name: ".google.protobuf.Duration" label: LABEL_OPTIONAL }
  field { name: "mask" number: 11 type: TYPE_MESSAGE type_name: ".google.protobuf.FieldMask" label: LABEL_OPTIONAL }
  field { name: "any" number: 12 type: TYPE_MESSAGE type_name: ".google.protobuf.Struct" label: LABEL_OPTIONAL }
  field { name: "counts" number: 13 type: TYPE_MESSAGE type_name: ".pb.HelloRequest.CountsEntry" label: LABEL_REPEATED }
  nested_type {
    name: "CountsEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL }
  }
)";
constexpr const char* kMethods = R"(
  method { name: "Patch" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
           options { [google.api.http] { patch: "/v1/{name=a/**}" body: "inner" } } }
  method { name: "Go" input_type: ".pb.HelloRequest" output_type: ".pb.HelloReply"
           options { [google.api.http] { get: "/v1/{inner.name=x/*}/y:go" } } }
)";

const DescriptorSet& Known() {
  static const std::shared_ptr<const DescriptorSet> kKnown = [] {
    google::protobuf::FileDescriptorProto file =
        gateway::FileOf("hello.proto", R"(enum_type { name: "Kind" value { name: "NONE" number: 0 }
                                      value { name: "SOME" number: 7 } })" +
                                           gateway::GreeterText(kFields, kMethods));
    for (const char* name : {"timestamp", "duration", "field_mask", "struct"})
      file.add_dependency(std::string("google/protobuf/") + name + ".proto");
    const auto made = DescriptorSet::Of(gateway::DescriptionOf(file), {});
    CHECK(made.has_value());
    return *made;
  }();
  return *kKnown;
}

void CheckRefused(const Error& error) {
  CHECK(error.code == Code::kInvalidArgument || error.code == Code::kResourceExhausted ||
        error.code == Code::kNotFound);
  CHECK(!error.message.empty());
}

// What is bound can be told, and what was told is that message again.
void BindAsked(const DescriptorSet& set, const http::Request& request) {
  const auto found = set.routes().Find(request.method, request.path);
  if (!found) return;
  const auto message = set.New(*found->route->method->input_type());
  const Result<> bound = transcode::Bind(
      *found,
      {.query = request.query, .body = request.body, .manner = transcode::Manner::kGrpcGateway},
      *message);
  if (!bound) return CheckRefused(bound.error());
  CHECK(nlohmann::json::accept(transcode::TellJson(*message)));
}

http::Request Asked(std::string method, std::string path, std::string query, std::string body) {
  http::Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.query = std::move(query);
  request.body = std::move(body);
  return request;
}

// Lines as people write them, and after an empty one the body.
http::Request RequestOf(std::string_view input) {
  const std::size_t end = input.find("\n\n");
  const std::string_view lines = input.substr(0, end);
  const std::size_t first = lines.find('\n');
  std::string text = std::string(lines.substr(0, first)) + " HTTP/1.1\r\nHost: localhost\r\n";
  if (first != std::string_view::npos) {
    for (const char c : lines.substr(first + 1)) text += c == '\n' ? "\r\n" : std::string(1, c);
    text += "\r\n";
  }
  const auto head = http::ParseHead(text + "\r\n", http::Limits{}, http::HostGate({}));
  if (!head) return {};
  http::Request request = head->request;
  if (end != std::string_view::npos) request.body = input.substr(end + 2);
  return request;
}

void Describe(gateway::Description description) {
  const auto set = DescriptorSet::Of(std::move(description), kLimits);
  if (!set) return CheckRefused(set.error());
  for (const transcode::Route& route : (*set)->routes().all()) {
    CHECK(route.method != nullptr && !route.verb.empty());
    CHECK((*set)->New(*route.method->input_type()) != nullptr);
    CHECK((*set)->New(*route.method->output_type()) != nullptr);
  }
  BindAsked(**set, Asked("POST", "/pb.Greeter/SayHello", "", R"({"name": "x"})"));
  BindAsked(**set, Asked("GET", "/v1/hello/x", "times=1&inner.name=y", ""));
}

}  // namespace

int FuzzGatewayRequest(std::string_view input) {
  const http::Request request = RequestOf(input);
  BindAsked(Known(), request);
  BindAsked(Known(), Asked("POST", "/v1/hello", "", std::string(input)));
  if (const auto metadata = gateway::MetadataOf(request)) {
    for (const http::Field& field : gateway::FieldsOf(*metadata))
      CHECK(field.value.find_first_of("\r\n") == std::string::npos);
  } else {
    CheckRefused(metadata.error());
  }
  if (const auto timeout = gateway::TimeoutOf(request); !timeout) CheckRefused(timeout.error());
  return 0;
}

int FuzzServerReflection(std::string_view input) {
  gateway::ReflectionDialogue dialogue(kLimits);
  std::string_view rest = input;
  // Each answer has its length before it, in two bytes.
  while (dialogue.Next()) {
    if (rest.size() < 2) break;
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest[0]) * 256 +
                                                 static_cast<unsigned char>(rest[1]));
    const std::string_view answer = rest.substr(2, length);
    rest.remove_prefix(2 + answer.size());
    if (const Result<> taken = dialogue.Take(answer); !taken) {
      CHECK(taken.error().code != Code::kOk && !taken.error().message.empty());  // any of its own
      break;
    }
  }
  Describe(std::move(dialogue).Finish());
  // And the file alone, as what describes the service.
  Describe({.files = {{"hello.proto", std::string(input)}}, .services = {"pb.Greeter"}});
  return 0;
}

}  // namespace fairlead::fuzz
