// What writing a secret needs of the system: files that are new, in directories that were entered
// without following anybody's link.
//
// Threads: any; blocks on the disk.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"
#include "ca/file_owner.h"
#include "runtime/file_descriptor.h"

namespace fairlead::ca {

using runtime::FileDescriptor;

// kUnavailable: "write /run/x: No space left on device", by errno.
std::unexpected<Error> SystemFailed(std::string_view doing, const std::string& path);

// Whether we or root own it: whoever has no rights trusts root's files as well.
bool IsOurs(const struct stat& facts);

// Of the directory `path`. A link in its place is followed where we or root have made it, else that
// is kPermissionDenied. kNotFound: nothing is there. kUnavailable: the system.
Result<FileDescriptor> OpenFolder(std::string path);

struct NewFile {
  std::string name;
  std::string_view text;
  mode_t mode = 0600;
  FileOwner owner = {};  // root stands for whoever we are
};

// In the directory `place`, called `path` in messages; on disk when this returns. A file or link of
// that name that is there already is an error.
Result<> WriteNew(const FileDescriptor& place, const std::string& path, const NewFile& file);

}  // namespace fairlead::ca
