// Which process another one has made: what a test kills that is not its own child.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace fairlead::testing {

// The only child of a process; 0 while it has none.
inline pid_t ChildOf(pid_t process) {
  const std::string number = std::to_string(process);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

}  // namespace fairlead::testing
