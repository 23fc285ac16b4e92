// DescriptorFiles: descriptor sets that the host's config names, for services whose servers have no
// reflection.
//
// Why looked at again: they are mounted beside the service and change with it. What a file holds
// takes the former set's place only when it is whole and good, so that a half-written or wrong one
// breaks nothing; best is to write another file and rename it.
// Threads: one at a time; reads are in place, of some MiB at most.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/descriptor_set.h"
#include "gateway/limits.h"

namespace fairlead::gateway {

// What a FileDescriptorSet says, as `protoc --include_imports --descriptor_set_out` writes it: all
// of its services but gRPC's own. Pure. kInvalidArgument: it is none; kNotFound: it has no service.
Result<Description> ReadDescriptorSet(std::string_view bytes);

class DescriptorFiles {
 public:
  // `trouble` empty: the file's contents are in use now; else why they are not, and the former stay
  // if there were any. Once for each change.
  using Tell = std::function<void(const std::string& name, const std::string& trouble)>;

  // Looks at nothing yet. `paths` by name.
  DescriptorFiles(const std::map<std::string, std::string>& paths, const DescriptorLimits& limits,
                  Tell tell);

  bool empty() const { return files_.empty(); }
  // Takes what changed. The names of those that are others now. Cheap while nothing has.
  std::vector<std::string> Look();
  // kNotFound: the config has no such name. Else what is wrong with a file that never was good.
  Result<std::shared_ptr<const DescriptorSet>> Find(const std::string& name) const;

 private:
  // What tells two states of a file apart.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct File {
    std::string path;
    std::optional<Stamp> seen;  // of the last look at what had settled
    std::string trouble = "it was not looked at yet";
    std::shared_ptr<const DescriptorSet> set;
  };
  static std::optional<Stamp> LookAt(const std::string& path);
  Result<std::shared_ptr<const DescriptorSet>> Read(const std::string& path) const;

  const DescriptorLimits limits_;
  const Tell tell_;
  std::map<std::string, File> files_;
};

}  // namespace fairlead::gateway
