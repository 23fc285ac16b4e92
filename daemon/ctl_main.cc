// The `fairlead` command.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "cli/run.h"

namespace {

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const char* admin = std::getenv("FAIRLEAD_ADMIN");
  const bool is_terminal = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  const bool is_screen = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  const fairlead::cli::Environment environment = {.admin = admin != nullptr ? admin : "",
                                                  .version = FAIRLEAD_VERSION,
                                                  .is_terminal = is_terminal,
                                                  .is_screen = is_screen,
                                                  .tells_progress = isatty(STDERR_FILENO) != 0,
                                                  .variable = Variable,
                                                  .in = &std::cin};
  return fairlead::cli::Run(arguments, environment, std::cout, std::cerr);
}
