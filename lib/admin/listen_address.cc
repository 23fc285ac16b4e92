#include "admin/listen_address.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace fairlead::admin {
namespace {

namespace fs = std::filesystem;

std::string Cause(int error) {
  return std::generic_category().message(error);
}

// Whether somebody accepts connections on the socket at `path`.
bool IsServed(const std::string& path) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int code = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  // EAGAIN: its queue is full, so it is alive.
  const bool is_served = code == 0 || errno == EAGAIN;
  close(probe);
  return is_served;
}

std::optional<std::uint16_t> PortIn(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// "[::1]" -> "::1"; empty for what is no literal address.
std::string IpIn(std::string_view host) {
  const bool is_six = host.starts_with('[') && host.ends_with(']');
  const std::string ip(is_six ? host.substr(1, host.size() - 2) : host);
  in6_addr ignored{};
  return inet_pton(is_six ? AF_INET6 : AF_INET, ip.c_str(), &ignored) == 1 ? ip : "";
}

Result<ListenAddress> ParseUnix(std::string_view text) {
  std::string_view path = text.substr(5);
  if (path.starts_with("//")) path.remove_prefix(2);
  if (!path.starts_with("/")) {
    return Fail(Code::kInvalidArgument, "listen on " + Printable(text) +
                                            ": give an absolute path, as unix:/run/x/admin.sock");
  }
  if (path.size() >= sizeof(sockaddr_un{}.sun_path)) {
    return Fail(Code::kInvalidArgument,
                "listen on " + Printable(text) + ": a socket's path has at most 107 bytes");
  }
  return ListenAddress{
      .is_unix = true, .path = std::string(path), .text = "unix:" + std::string(path)};
}

}  // namespace

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  if (text.starts_with("unix:")) return ParseUnix(text);
  const std::size_t colon = text.rfind(':');
  const std::string ip = colon == std::string_view::npos ? "" : IpIn(text.substr(0, colon));
  const auto port = ip.empty() ? std::nullopt : PortIn(text.substr(colon + 1));
  if (port)
    return ListenAddress{.text = std::string(text),
                         .ip = ip,
                         .port = *port,
                         .is_loopback = ip == "::1" || ip.starts_with("127.")};
  return Fail(Code::kInvalidArgument, "listen on " + Printable(text) +
                                          ": the admin API listens on unix:/PATH, 127.0.0.1:PORT "
                                          "or, with TLS, another IP:PORT");
}

Result<> PrepareSocket(const std::string& path) {
  const fs::path directory = fs::path(path).parent_path();
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  if (!error && mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) {
    return Fail(Code::kFailedPrecondition,
                "make directory " + directory.string() + ": " + error.message());
  }
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return Fail(Code::kFailedPrecondition,
                "listen on " + path + ": something that is no socket is there; remove it");
  }
  if (IsServed(path)) {
    return Fail(Code::kFailedPrecondition,
                "listen on " + path + ": another process serves it; is fairleadd running already?");
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Fail(Code::kFailedPrecondition, "remove stale socket " + path + ": " + Cause(errno));
  }
  return {};
}

bool IsOpenToOthers(const std::string& path) {
  struct stat status{};
  const std::string directory = fs::path(path).parent_path();
  return stat(directory.c_str(), &status) == 0 && (status.st_mode & S_IXOTH) != 0;
}

}  // namespace fairlead::admin
