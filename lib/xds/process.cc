#include "xds/process.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>

namespace fairlead::xds {

std::optional<Process> FindProcess(std::int32_t pid) {
  if (pid <= 0) {
    return std::nullopt;
  }
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) {
    return std::nullopt;
  }
  // "pid (name) state ppid ... starttime": the name may hold anything, so fields are counted from
  // the last parenthesis; starttime is field 22 of proc(5), the 20th after it.
  std::istringstream fields(line.substr(std::min(line.rfind(')'), line.size() - 1) + 1));
  std::string state;
  fields >> state;
  if (state.empty() || state == "Z" || state == "X") {
    return std::nullopt;
  }
  constexpr int kFieldsBetweenStateAndStart = 18;
  std::string skipped;
  for (int i = 0; i < kFieldsBetweenStateAndStart; ++i) {
    fields >> skipped;
  }
  Process process{.pid = pid, .started = 0};
  fields >> process.started;
  return process;
}

}  // namespace fairlead::xds
