// The libFuzzer program: --target=NAME says which target it drives (see targets.h).
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "fuzz/targets.h"

namespace {

const fairlead::fuzz::Target* chosen = nullptr;

}  // namespace

// libFuzzer leaves arguments alone that begin with two dashes, and hands them on to its children.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  constexpr std::string_view kFlag = "--target=";
  for (int i = 1; i < *count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (!argument.starts_with(kFlag)) continue;
    for (const auto& target : fairlead::fuzz::Targets()) {
      if (target.name == argument.substr(kFlag.size())) chosen = &target;
    }
  }
  if (chosen != nullptr) return 0;
  std::fputs("which one? --target=", stderr);
  for (const auto& target : fairlead::fuzz::Targets()) {
    std::fprintf(stderr, "%.*s ", static_cast<int>(target.name.size()), target.name.data());
  }
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return chosen->run({reinterpret_cast<const char*>(data), size});
}
