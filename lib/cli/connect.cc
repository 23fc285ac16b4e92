#include "cli/connect.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <tuple>

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

Result<std::string> ReadPem(std::string_view option, const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file && text.find("-----BEGIN ") != std::string::npos) return text;
  const std::string why =
      file ? "it is no PEM file" : std::generic_category().message(errno != 0 ? errno : EIO);
  return Fail(Code::kInvalidArgument,
              "read " + Printable(path) + " of --" + std::string(option) + ": " + why);
}

Result<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const TlsFiles& tls) {
  if (tls == TlsFiles{}) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  for (const auto& [option, path, place] : {std::tuple("ca", &tls.ca, &options.pem_root_certs),
                                            {"cert", &tls.cert, &options.pem_cert_chain},
                                            {"key", &tls.key, &options.pem_private_key}}) {
    if (path->empty()) continue;
    Result<std::string> read = ReadPem(option, *path);
    if (!read) return std::unexpected(read.error());
    *place = *std::move(read);
  }
  return grpc::SslCredentials(options);
}

constexpr std::string_view kTlsAdvice =
    "is fairleadd running with admin.tls? Its certificate has to be signed by --ca and to hold the "
    "host that is dialled, or --server-name; the daemon's log says what it refuses, such as a "
    "missing or unknown --cert";
constexpr std::string_view kUnixAdvice =
    "it accepts but does not answer: a container is refused unless admin.allow_containers of "
    "fairleadd names it";

}  // namespace

Result<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, const TlsFiles& tls,
                                               Duration patience) {
  const bool has_tls = tls != TlsFiles{};
  if (has_tls && address.starts_with("unix:"))
    return Fail(Code::kInvalidArgument,
                "--ca, --cert, --key and --server-name are for TLS, which a unix socket has not; "
                "give --admin HOST:PORT");
  const auto credentials = CredentialsOf(tls);
  if (!credentials) return std::unexpected(credentials.error());
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
  if (!tls.server_name.empty()) arguments.SetSslTargetNameOverride(tls.server_name);
  auto channel = grpc::CreateCustomChannel(target, *credentials, arguments);
  const auto until = std::chrono::system_clock::now() +
                     std::chrono::duration_cast<std::chrono::system_clock::duration>(patience);
  if (!channel->WaitForConnected(until)) {
    const bool is_unix = address.starts_with("unix:");  // and somebody accepted a moment ago
    const std::string_view advice = is_unix ? kUnixAdvice : has_tls ? kTlsAdvice : WhatToDo(0);
    return Fail(Code::kUnavailable,
                "cannot reach the daemon at " + Printable(address) + "\n" + std::string(advice));
  }
  return channel;
}

}  // namespace fairlead::cli
