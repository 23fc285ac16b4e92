#include "cli/dashboard.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>

#include "base/text.h"

namespace fairlead::cli {
namespace {

constexpr std::size_t kTokenDigits = 64;  // lib/rest/token_file.h

// 0.0.0.0 and [::] are no addresses to go to; loopback is on every host that listens there.
std::string HostAndPort(const std::string& address) {
  for (const auto& [any, own] :
       {std::pair("0.0.0.0:", "127.0.0.1:"), std::pair("[::]:", "[::1]:")}) {
    if (address.starts_with(any)) return own + address.substr(std::string_view(any).size());
  }
  return address;
}

Result<std::string> ReadToken(const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file) {
    const std::string why = std::generic_category().message(errno != 0 ? errno : EIO);
    return Fail(
        Code::kPermissionDenied,
        fmt::format("read the token of {}: {}\nrun it as root on the daemon's host, or in its "
                    "container: docker exec fairlead fairlead dashboard",
                    Printable(path), why));
  }
  std::string token;
  file >> token;
  const bool is_token = token.size() == kTokenDigits &&
                        token.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (is_token) return token;
  return Fail(Code::kPermissionDenied,
              fmt::format("read the token of {}: it holds none\ndelete it and restart fairleadd, "
                          "which makes a new one",
                          Printable(path)));
}

}  // namespace

Result<std::string> DashboardUrl(const admin::v1::Status& status) {
  for (const std::string& address : status.http_addresses()) {
    if (address.starts_with("unix:")) continue;
    const Result<std::string> token = ReadToken(status.http_token_file());
    if (!token) return std::unexpected(token.error());
    constexpr std::string_view kSecure = "https://";
    const bool is_secure = address.starts_with(kSecure);
    return fmt::format("{}{}/#token={}", is_secure ? kSecure : "http://",
                       HostAndPort(is_secure ? address.substr(kSecure.size()) : address), *token);
  }
  return Fail(Code::kFailedPrecondition,
              status.http_addresses().empty()
                  ? "find the dashboard: the daemon has no HTTP listener\nset http.listen = "
                    "[\"127.0.0.1:18080\"] and restart it; an older daemon has no dashboard"
                  : fmt::format("find the dashboard: the daemon answers HTTP on {} alone, where no "
                                "browser gets\nadd 127.0.0.1:18080 to http.listen and restart it",
                                Printable(status.http_addresses(0))));
}

}  // namespace fairlead::cli
