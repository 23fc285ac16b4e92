// Options: what the command line of grpc_health_probe asks for, with its checks and its messages.
//
// Why: the command stands in other people's images and Compose files, so flags, defaults, the order
// of checks and exit codes are theirs. What is refused here: -alts and -spiffe, each with what to
// do. Ours alone: -watch. Pure.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace fairlead::probe {

// What the process says to its caller; the numbers are grpc_health_probe's.
enum class ExitCode {
  kServing = 0,
  kInvalidArguments = 1,
  kConnectionFailure = 2,
  kRpcFailure = 3,
  kUnhealthy = 4,
  kSpiffeFailed = 20,
};

struct Options {
  std::string address;  // as given
  std::string service;
  std::string user_agent = "grpc_health_probe";
  Duration connect_timeout = std::chrono::seconds(1);
  Duration rpc_timeout = std::chrono::seconds(1);
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in their order
  bool is_tls = false;
  bool is_unverified = false;  // -tls-no-verify
  std::string ca_cert;
  std::string client_cert;
  std::string client_key;
  std::string server_name;
  bool is_gzip = false;
  bool is_verbose = false;
  bool is_watch = false;
};

// The process ends before anybody is asked.
struct EarlyEnd {
  ExitCode exit_code = ExitCode::kInvalidArguments;
  std::string out;  // for standard output
  std::string err;  // for standard error
};

// `version` is what -version says.
std::variant<Options, EarlyEnd> ParseOptions(std::span<const std::string> arguments,
                                             const std::string& version);

// The lines that -v begins with.
std::string ParsedText(const Options& options);

}  // namespace fairlead::probe
