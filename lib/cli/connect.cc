#include "cli/connect.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>

#include "base/text.h"

namespace fairlead::cli {
namespace {

std::string_view WhatToDo(int error) {
  switch (error) {
    case ENOENT:
      return "is fairleadd running on this host? Another place is given with --admin ADDRESS";
    case EACCES:
    case EPERM:
      return "you may not use this socket: try sudo, or join the socket's group";
    case ECONNREFUSED:
      return "the socket is there but nobody serves it: start fairleadd";
    default:
      return "is fairleadd running? Is --admin right?";
  }
}

// gRPC says only "unavailable"; the kernel says why.
Result<> TrySocket(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return Fail(Code::kInvalidArgument, "the path of a unix socket has 1 to 107 bytes");
  }
  path.copy(address.sun_path, path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return Fail(Code::kUnavailable, "cannot make a socket");
  const int code = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = errno;
  close(probe);
  if (code == 0) return {};
  return Fail(Code::kUnavailable, "cannot reach the daemon at unix:" + Printable(path) + ": " +
                                      std::generic_category().message(error) + "\n" +
                                      std::string(WhatToDo(error)));
}

}  // namespace

Result<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, Duration patience) {
  std::string target = address;
  if (address.starts_with("unix:")) {
    std::string_view path = std::string_view(address).substr(5);
    if (path.starts_with("//")) path.remove_prefix(2);
    if (Result<> tried = TrySocket(path); !tried) return std::unexpected(tried.error());
    target = "unix:" + std::string(path);
  } else if (address.find(':') == std::string::npos || address.find("//") != std::string::npos) {
    return Fail(Code::kInvalidArgument,
                "--admin: \"" + Printable(address) + "\" is neither unix:/PATH nor HOST:PORT");
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // an act must not be asked for twice
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  auto channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  const auto until = std::chrono::system_clock::now() +
                     std::chrono::duration_cast<std::chrono::system_clock::duration>(patience);
  if (!channel->WaitForConnected(until)) {
    const bool is_unix = address.starts_with("unix:");  // and somebody accepted a moment ago
    return Fail(Code::kUnavailable,
                "cannot reach the daemon at " + Printable(address) + "\n" +
                    std::string(is_unix ? "it accepts but does not answer: a container is refused "
                                          "unless admin.allow_containers of fairleadd names it"
                                        : WhatToDo(0)));
  }
  return channel;
}

}  // namespace fairlead::cli
