// `fairlead-probe`: a drop-in for grpc_health_probe.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "probe/run.h"

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

auto Writer(std::FILE* file) {
  return [file](std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); };
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const fairlead::probe::Surroundings surroundings = {
      .version = "fairlead-probe " FAIRLEAD_VERSION " (stands in for grpc_health_probe v0.4.40)",
      .cert_file = Variable("SSL_CERT_FILE"),
      .cert_dir = Variable("SSL_CERT_DIR"),
      .out = Writer(stdout),
      .err = Writer(stderr)};
  return static_cast<int>(fairlead::probe::Run(arguments, surroundings));
}
