#include "gateway/descriptor_files.h"

#include <google/protobuf/descriptor.pb.h>

#include <utility>

#include "base/text.h"
#include "runtime/clock.h"
#include "runtime/open_file.h"
#include "runtime/small_file.h"

namespace fairlead::gateway {
namespace {

// A file that changed less than this before it was looked at may change again without a trace: the
// kernel stamps by its tick, of 4 ms mostly.
constexpr std::int64_t kUnsettledNs = 100'000'000;

}  // namespace

Result<Description> ReadDescriptorSet(std::string_view bytes) {
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || set.file().empty())
    return Fail(Code::kInvalidArgument,
                "read the descriptor set: it is none; write one with protoc --include_imports "
                "--descriptor_set_out=FILE");
  Description read;
  for (const auto& file : set.file()) {
    if (IsWellKnownFile(file.name())) continue;
    read.files[file.name()] = file.SerializeAsString();
    for (const auto& service : file.service()) {
      const std::string name =
          file.package().empty() ? service.name() : file.package() + "." + service.name();
      if (!IsInfrastructure(name)) read.services.push_back(name);
    }
  }
  if (read.services.empty())
    return Fail(Code::kNotFound, "read the descriptor set: it has no service but gRPC's own");
  return read;
}

DescriptorFiles::DescriptorFiles(const std::map<std::string, std::string>& paths,
                                 const DescriptorLimits& limits, Tell tell)
    : limits_(limits), tell_(std::move(tell)) {
  for (const auto& [name, path] : paths) files_[name].path = path;
}

std::optional<DescriptorFiles::Stamp> DescriptorFiles::LookAt(const std::string& path) {
  struct stat look{};
  if (runtime::LookAtFile(path, look) != 0) return std::nullopt;
  return Stamp{.device = look.st_dev,
               .inode = look.st_ino,
               .bytes = look.st_size,
               .changed_ns = look.st_ctim.tv_sec * 1'000'000'000 + look.st_ctim.tv_nsec};
}

Result<std::shared_ptr<const DescriptorSet>> DescriptorFiles::Read(const std::string& path) const {
  const Result<std::string> bytes = runtime::ReadSmallFile(path, limits_.bytes_max);
  if (!bytes)
    return Fail(bytes.error().code, "read " + Printable(path) + ": " + bytes.error().message);
  Result<Description> description = ReadDescriptorSet(*bytes);
  if (!description) return std::unexpected(description.error());
  if (description->files.size() > limits_.files_max ||
      description->services.size() > limits_.services_max)
    return Fail(Code::kResourceExhausted, "read " + Printable(path) + ": it has more than " +
                                              std::to_string(limits_.files_max) + " files or " +
                                              std::to_string(limits_.services_max) + " services");
  return DescriptorSet::Of(*std::move(description), limits_);
}

std::vector<std::string> DescriptorFiles::Look() {
  std::vector<std::string> changed;
  for (auto& [name, file] : files_) {
    const std::optional<Stamp> stamp = LookAt(file.path);
    if (stamp && stamp == file.seen) continue;
    const std::int64_t now = runtime::ToWall(runtime::Now()).time_since_epoch().count();
    // Taken before the file is read: what changes meanwhile is seen next time.
    file.seen = stamp && now - stamp->changed_ns > kUnsettledNs ? stamp : std::nullopt;
    auto read = Read(file.path);
    const std::string trouble = read ? "" : read.error().message;
    const bool is_other = read && (!file.set || file.set->description() != (*read)->description());
    const bool is_news = is_other || trouble != file.trouble;
    if (is_other) {
      file.set = *std::move(read);
      changed.push_back(name);
    }
    file.trouble = trouble;
    if (is_news && tell_) tell_(name, trouble);
  }
  return changed;
}

Result<std::shared_ptr<const DescriptorSet>> DescriptorFiles::Find(const std::string& name) const {
  const auto found = files_.find(name);
  if (found == files_.end())
    return Fail(Code::kNotFound, "find the descriptor set " + Printable(name) +
                                     ": gateway.descriptors in the host's config has no such name");
  if (found->second.set) return found->second.set;
  return Fail(Code::kUnavailable,
              "take the descriptor set " + Printable(name) + ": " + found->second.trouble);
}

}  // namespace fairlead::gateway
