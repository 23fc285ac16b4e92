#include "gateway/descriptor_set.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"

namespace fairlead::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

// Keeps the first thing that is wrong.
class FirstFault final : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (text_.empty()) text_ = file + ": " + element + ": " + message;
  }
  std::string text() const { return Printable(text_); }

 private:
  std::string text_;
};

// protobuf's own file, as this program has it.
FileDescriptorProto WellKnown(const std::string& name) {
  FileDescriptorProto file;
  if (const FileDescriptor* own = DescriptorPool::generated_pool()->FindFileByName(name))
    own->CopyTo(&file);
  return file;
}

// All files by name, those of protobuf that are imported among them.
Result<std::map<std::string, FileDescriptorProto>> ReadFiles(const Description& description) {
  std::map<std::string, FileDescriptorProto> files;
  std::vector<std::string> well_known;
  for (const auto& [name, bytes] : description.files) {
    FileDescriptorProto& file = files[name];
    if (!file.ParseFromString(bytes) || file.name() != name)
      return Fail(Code::kInvalidArgument, "read " + Printable(name) + ": it is no descriptor");
    // A type of protobuf's own package in another file would be taken for the well-known one.
    if (file.package() == "google.protobuf" || file.package().starts_with("google.protobuf."))
      return Fail(Code::kInvalidArgument,
                  "read " + Printable(name) + ": package google.protobuf is protobuf's own");
    well_known.insert(well_known.end(), file.dependency().begin(), file.dependency().end());
  }
  while (!well_known.empty()) {
    const std::string name = std::move(well_known.back());
    well_known.pop_back();
    if (files.contains(name) || !IsWellKnownFile(name)) continue;
    const FileDescriptorProto& file = files[name] = WellKnown(name);
    well_known.insert(well_known.end(), file.dependency().begin(), file.dependency().end());
  }
  return files;
}

std::size_t TypesIn(const Descriptor& type) {
  std::size_t count = 1;  // nesting is bounded by the reader of the file: 100 deep
  for (int i = 0; i < type.nested_type_count(); ++i) count += TypesIn(*type.nested_type(i));
  return count;
}

}  // namespace

Result<std::shared_ptr<const DescriptorSet>> DescriptorSet::Of(Description description,
                                                               const DescriptorLimits& limits) {
  const std::shared_ptr<DescriptorSet> made(new DescriptorSet(std::move(description)));
  if (Result<> added = made->AddFiles(); !added) return std::unexpected(added.error());
  if (Result<> added = made->AddServices(limits); !added) return std::unexpected(added.error());
  return std::shared_ptr<const DescriptorSet>(made);
}

// Files after what they import, without recursion: a chain of imports is as long as a server likes.
Result<> DescriptorSet::AddFiles() {
  Result<std::map<std::string, FileDescriptorProto>> files = ReadFiles(description_);
  if (!files) return std::unexpected(files.error());
  std::map<std::string, std::vector<std::string>> importers;
  std::map<std::string, int> open;  // imports that are not added yet
  std::vector<std::string> ready;
  for (const auto& [name, file] : *files) {
    open[name] = file.dependency_size();
    if (file.dependency_size() == 0) ready.push_back(name);
    for (const std::string& import : file.dependency()) {
      if (!files->contains(import))
        return Fail(Code::kNotFound, "read " + Printable(name) + ": its import " +
                                         Printable(import) + " is missing");
      importers[import].push_back(name);
    }
  }
  std::size_t added = 0;
  while (!ready.empty()) {
    const std::string name = std::move(ready.back());
    ready.pop_back();
    FirstFault fault;
    if (pool_.BuildFileCollectingErrors(files->at(name), &fault) == nullptr)
      return Fail(Code::kInvalidArgument, "read " + Printable(name) + ": " + fault.text());
    ++added;
    for (const std::string& importer : importers[name]) {
      if (--open[importer] == 0) ready.push_back(importer);
    }
  }
  if (added == files->size()) return {};
  return Fail(Code::kInvalidArgument,
              "read the server's descriptors: files that import each other");
}

Result<> DescriptorSet::AddServices(const DescriptorLimits& limits) {
  std::size_t types = 0;
  for (const auto& [name, bytes] : description_.files) {
    const FileDescriptor& file = *pool_.FindFileByName(name);
    for (int i = 0; i < file.message_type_count(); ++i) types += TypesIn(*file.message_type(i));
  }
  if (types > limits.types_max)
    return Fail(Code::kResourceExhausted, "read the server's descriptors: more than " +
                                              std::to_string(limits.types_max) +
                                              " types of messages");
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const std::string& name : description_.services) {
    services.push_back(pool_.FindServiceByName(name));
    if (services.back() == nullptr)
      return Fail(Code::kNotFound, "read the service " + Printable(name) + ": no file defines it");
  }
  Result<transcode::Routes> routes =
      transcode::Routes::Of(services, transcode::Manner::kGrpcGateway);
  if (!routes) return std::unexpected(routes.error());
  routes_ = *std::move(routes);
  return {};
}

const google::protobuf::MethodDescriptor* DescriptorSet::FindMethod(std::string_view service,
                                                                    std::string_view method) const {
  const auto& served = description_.services;
  if (std::ranges::find(served, service) == served.end()) return nullptr;
  return pool_.FindMethodByName(std::string(service) + "." + std::string(method));
}

std::unique_ptr<google::protobuf::Message> DescriptorSet::New(const Descriptor& type) const {
  return std::unique_ptr<google::protobuf::Message>(factory_.GetPrototype(&type)->New());
}

}  // namespace fairlead::gateway
