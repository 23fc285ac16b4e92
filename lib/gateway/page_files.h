// The files of page/, as they were when the program was built.
#pragma once

#include <span>
#include <string_view>

namespace fairlead::gateway {

struct File {
  std::string_view name;    // "try.html"
  std::string_view bytes;   // never empty
  std::string_view sha256;  // 64 hex digits
};

std::span<const File> PageFiles();  // of static storage, in the order of their names

}  // namespace fairlead::gateway
