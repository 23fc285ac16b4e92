#include "runtime/open_file.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace fairlead::runtime {
namespace {

FileOpener& Opener() {
  static FileOpener opener;
  return opener;
}

int AskOpener(const std::string& path, FileDescriptor& file) {
  const FileOpener& opener = Opener();
  return opener ? opener(path, file) : EACCES;
}

}  // namespace

void SetFileOpener(FileOpener opener) {
  Opener() = std::move(opener);
}

int OpenToRead(const std::string& path, FileDescriptor& file) {
  file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.valid()) return 0;
  return errno == EACCES ? AskOpener(path, file) : errno;
}

int LookAtFile(const std::string& path, struct stat& facts) {
  if (::stat(path.c_str(), &facts) == 0) return 0;
  if (errno != EACCES) return errno;
  FileDescriptor file;
  if (const int error = AskOpener(path, file); error != 0) return error;
  return ::fstat(file.get(), &facts) == 0 ? 0 : errno;
}

}  // namespace fairlead::runtime
