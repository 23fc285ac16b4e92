// NoDescriptor: while one lives, this process makes no socket for want of file descriptors
// (EMFILE).
//
// Why no limit of the kernel's (RLIMIT_NOFILE): the undefined-behaviour sanitizer makes a pipe when
// it first meets a type, and takes a sound object for a broken one where it gets none. So socket()
// is ours in programs that link this. Threads: any; one at a time.
#pragma once

namespace fairlead::test {

class NoDescriptor {
 public:
  NoDescriptor();
  ~NoDescriptor();
  NoDescriptor(const NoDescriptor&) = delete;
  NoDescriptor& operator=(const NoDescriptor&) = delete;
};

}  // namespace fairlead::test
