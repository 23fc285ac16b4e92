// MakeRoomForFiles: the kernel's table of this process's open files, as large as it may become.
//
// Why: the table doubles when it is full, and a process of several threads waits for every core to
// have been through its scheduler first: 10 to 60 ms, in the midst of an accept(), each time that
// connections double. A process of one thread waits for nothing. Containers of some engines also
// start with a soft limit of 1,024 files, made for programs that use select().
// Limits: kOpenFilesMax.
#pragma once

#include <cstddef>

namespace fairlead::runtime {

// 16,384 connections of discovery, 10,000 checks, and the rest; 256 KiB of the kernel's memory.
inline constexpr std::size_t kOpenFilesMax = 32'768;

// Returns how many files may be open: kOpenFilesMax, or the hard limit where that is less; a soft
// limit above stays as it is. What another program is started with is the same limit. REQUIRES: no
// other thread yet, for the time that it takes.
std::size_t MakeRoomForFiles();

}  // namespace fairlead::runtime
