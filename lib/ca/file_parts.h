// What writing a secret needs of the system: descriptors that close, directories that are entered
// without following anybody's link, files that are new.
//
// Threads: any; blocks on the disk.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "ca/file_owner.h"

namespace fairlead::ca {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// kUnavailable: "write /run/x: No space left on device", by errno.
std::unexpected<Error> SystemFailed(std::string_view doing, const std::string& path);

struct NewFile {
  std::string name;
  std::string_view text;
  mode_t mode = 0600;
  FileOwner owner = {};  // root stands for whoever we are
};

// In the directory `place`, called `path` in messages; on disk when this returns. A file or link of
// that name that is there already is an error.
Result<> WriteNew(const Descriptor& place, const std::string& path, const NewFile& file);

}  // namespace fairlead::ca
