// What a container has written, as the engine hands it out.
#include <string>
#include <vector>

#include "base/check.h"
#include "docker/log_lines.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {

int FuzzContainerLog(std::string_view input) {
  constexpr docker::LogLimits kFew{.lines_max = 3, .line_bytes_max = 16};
  const std::vector<std::string> lines = docker::LogLines(input, kFew);
  CHECK(lines.size() <= kFew.lines_max);
  for (const std::string& line : lines) {
    CHECK(line.size() <= kFew.line_bytes_max);
    CHECK(line.find('\n') == std::string::npos);
  }
  return 0;
}

}  // namespace fairlead::fuzz
