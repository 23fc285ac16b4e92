// OpenToRead and LookAtFile: open(2) and stat(2) for files that a person names, also where another
// process of ours has to do it.
//
// Why here and for the whole process: a certificate, a secret, a descriptor set or the
// configuration are read by several modules, and belong to root, while the part that talks to the
// network may be anybody else. None of the modules should have to know. Threads: any, after
// SetFileOpener(), which is for a process that has one thread.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>

#include "runtime/file_descriptor.h"

namespace fairlead::runtime {

// Opens `path` for reading: 0, or the errno of what went wrong. Called on any thread; may block for
// as long as its answer takes.
using FileOpener = std::function<int(const std::string& path, FileDescriptor& file)>;

// From now on what the kernel refuses this process (EACCES) is asked of `opener`. Empty: of nobody.
void SetFileOpener(FileOpener opener);

// For reading, without waiting for a FIFO's other end. 0, or an errno.
int OpenToRead(const std::string& path, FileDescriptor& file);

// Symlinks are followed. 0, or an errno.
int LookAtFile(const std::string& path, struct stat& facts);

}  // namespace fairlead::runtime
