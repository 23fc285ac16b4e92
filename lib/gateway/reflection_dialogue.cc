#include "gateway/reflection_dialogue.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "gateway/reflection_wire.h"

namespace fairlead::gateway {
namespace {

constexpr auto kWellKnownFiles = std::to_array<std::string_view>({
    "google/protobuf/any.proto",
    "google/protobuf/api.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/source_context.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/type.proto",
    "google/protobuf/wrappers.proto",
});

std::unexpected<Error> TooMuch(const std::string& what) {
  return Fail(Code::kResourceExhausted, "read the server's descriptors: " + what);
}

}  // namespace

bool IsInfrastructure(std::string_view service) {
  return service.starts_with("grpc.");
}

bool IsWellKnownFile(std::string_view name) {
  return std::ranges::find(kWellKnownFiles, name) != kWellKnownFiles.end();
}

std::optional<std::string> ReflectionDialogue::Next() {
  while (!questions_.empty()) {
    asked_ = std::move(questions_.front());
    questions_.pop_front();
    switch (asked_.kind) {
      case Question::Kind::kServices:
        return AskForServices();
      case Question::Kind::kSymbol:
        if (!defined_.contains(asked_.name)) return AskForSymbol(asked_.name);
        break;
      case Question::Kind::kFile:
        if (!made_.files.contains(asked_.name)) return AskForFile(asked_.name);
        break;
    }
  }
  return std::nullopt;
}

Result<> ReflectionDialogue::Take(std::string_view bytes) {
  Result<ReflectionAnswer> answer = ReadReflectionAnswer(bytes);
  if (!answer) return std::unexpected(answer.error());
  if (answer->error) {
    const std::string what = asked_.name.empty() ? "the list of services" : Printable(asked_.name);
    return Fail(answer->error->code,
                "ask the server's reflection for " + what + ": " + answer->error->message);
  }
  if (asked_.kind == Question::Kind::kServices) return TakeServices(std::move(answer->services));
  for (std::string& file : answer->files) {
    if (Result<> taken = TakeFile(std::move(file)); !taken) return taken;
  }
  const bool is_there = asked_.kind == Question::Kind::kFile ? made_.files.contains(asked_.name)
                                                             : defined_.contains(asked_.name);
  if (is_there) return {};
  return Fail(Code::kNotFound, "ask the server's reflection for " + Printable(asked_.name) +
                                   ": the files that came do not have it");
}

Result<> ReflectionDialogue::TakeServices(std::vector<std::string> services) {
  for (std::string& name : services) {
    if (IsInfrastructure(name)) continue;
    if (made_.services.size() >= limits_.services_max)
      return TooMuch("more than " + std::to_string(limits_.services_max) + " services");
    questions_.push_back({Question::Kind::kSymbol, name});
    made_.services.push_back(std::move(name));
  }
  if (made_.services.empty())
    return Fail(Code::kNotFound, "read the server's services: it has none but gRPC's own");
  return {};
}

Result<> ReflectionDialogue::TakeFile(std::string bytes) {
  bytes_ += bytes.size();
  if (bytes_ > limits_.bytes_max)
    return TooMuch("more than " + std::to_string(limits_.bytes_max) + " bytes");
  google::protobuf::FileDescriptorProto file;
  if (!file.ParseFromString(bytes))
    return Fail(Code::kInvalidArgument, "read the server's descriptors: a file that is none");
  if (IsWellKnownFile(file.name()) || made_.files.contains(file.name())) return {};
  if (made_.files.size() >= limits_.files_max)
    return TooMuch("more than " + std::to_string(limits_.files_max) + " files");
  for (const auto& service : file.service()) {
    defined_.insert(file.package().empty() ? service.name()
                                           : file.package() + "." + service.name());
  }
  for (const std::string& import : file.dependency()) {
    if (IsWellKnownFile(import) || !wanted_.insert(import).second) continue;
    if (wanted_.size() > limits_.files_max)
      return TooMuch("more than " + std::to_string(limits_.files_max) + " files");
    questions_.push_back({Question::Kind::kFile, import});
  }
  made_.files.emplace(file.name(), std::move(bytes));
  return {};
}

}  // namespace fairlead::gateway
