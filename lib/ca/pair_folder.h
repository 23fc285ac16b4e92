// PairFolder: a directory with a certificate, its key and the authorities to believe, that change
// together.
//
// As Kubernetes has its volumes: the files lie in a directory of their own, `..data` is a symlink
// to that, and tls.crt, tls.key and ca.crt are symlinks through `..data`. One rename makes all
// three new, and who goes by what `..data` points to reads three that fit. The directory before
// stays until the next change, for readers that are on their way. Why so careful with names: a
// container may have the directory mounted, and writably by mistake. So nothing in it is believed,
// no link in it is followed but the one step from `..data` to a name beside it, and nothing is
// written into what was there before. Threads: one at a time; blocks on the disk.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ca/file_owner.h"
#include "ca/file_parts.h"

namespace fairlead::ca {

inline constexpr std::string_view kCertFile = "tls.crt";
inline constexpr std::string_view kKeyFile = "tls.key";
inline constexpr std::string_view kBundleFile = "ca.crt";

struct PairTexts {
  std::string_view cert;
  std::string_view key;
  std::string_view bundle;
};

struct FolderPlace {
  std::string root;                // absolute; made with what is above it
  std::vector<std::string> parts;  // below it: {"shop", "users"}; each a name without a slash
  mode_t mode = 0755;              // of the last
};

class PairFolder {
 public:
  // What is there, as far as it can be read; the key is not.
  struct Found {
    std::string cert;
    std::string bundle;
    std::string version;  // changes with each Swap()
    // The key has the permissions and the user that it should have.
    bool has_key = false;
  };

  // Makes the directories that are missing. kFailedPrecondition, with what to do: somebody else
  // owns one of them or may write to it, or something is in the way. kUnavailable: the system.
  static Result<PairFolder> Open(const FolderPlace& place);

  // Empty where there is nothing of ours.
  Found Read(const FileOwner& owner) const;
  // Its `version` alone.
  std::string Version() const;

  // The three steps of a change; one that ends between two of them leaves what readers see whole,
  // and what is left over goes with the next Clean(). The same errors as Open().
  Result<> Prepare(const PairTexts& texts, const FileOwner& owner);
  Result<> Swap();
  void Clean();

  // Takes away all that is ours, and `place`'s directories that are empty by that.
  static void Remove(const FolderPlace& place);

 private:
  PairFolder(FileDescriptor folder, std::string path)
      : folder_(std::move(folder)), path_(std::move(path)) {}

  Result<> PlaceLinks() const;
  void Sweep(const std::vector<std::string>& kept) const;

  FileDescriptor folder_;
  std::string path_;
  std::string prepared_;  // name of a version that nobody sees yet
  std::string former_;    // what `..data` pointed to before the last Swap
};

// The services' directories below `root` that hold something of ours: {project, service}.
std::vector<std::pair<std::string, std::string>> FoldersIn(const std::string& root);

}  // namespace fairlead::ca
