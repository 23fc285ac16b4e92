#include "probe/request.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/base64.h"
#include "h2/grpc_headers.h"
#include "h2/grpc_message.h"
#include "health/grpc_health.h"
#include "probe/go_flags.h"
#include "probe/gzip.h"

namespace fairlead::probe {
namespace {

// What grpc-go sets itself and takes from nobody.
bool IsReserved(std::string_view name) {
  constexpr std::array<std::string_view, 9> kReserved = {"content-type",
                                                         "user-agent",
                                                         "grpc-message-type",
                                                         "grpc-encoding",
                                                         "grpc-message",
                                                         "grpc-status",
                                                         "grpc-timeout",
                                                         "grpc-status-details-bin",
                                                         "te"};
  return std::ranges::find(kReserved, name) != kReserved.end();
}

bool IsOfName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

Result<> CheckHeader(std::string_view name, std::string_view value) {
  if (name.empty()) return Fail(Code::kInternal, "there is an empty key in the header");
  if (!std::ranges::all_of(name, IsOfName)) {
    return Fail(Code::kInternal,
                "header key " + Quoted(name) + " contains illegal characters not in [0-9a-z-_.]");
  }
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (!name.ends_with("-bin") && !std::ranges::all_of(value, is_printable)) {
    return Fail(Code::kInternal, "header key " + Quoted(name) +
                                     " contains value with non-printable ASCII characters");
  }
  return {};
}

// Base64 without padding, as gRPC sends it.
std::string BinaryValue(std::string_view bytes) {
  std::string text = ToBase64(bytes);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace

Result<Request> MakeRequest(const Options& options, const Target& target, std::string_view path,
                            Duration timeout) {
  Request request;
  request.fields = {{":method", "POST"},
                    {":scheme", options.is_tls ? "https" : "http"},
                    {":path", std::string(path)},
                    {":authority", target.authority},
                    {"te", "trailers"},
                    {"content-type", "application/grpc"},
                    {"user-agent", options.user_agent + " fairlead-probe"},
                    {"grpc-timeout", h2::FormatTimeout(timeout)}};
  std::vector<std::byte> message = health::EncodeHealthRequest(options.service);
  if (options.is_gzip) {
    request.fields.emplace_back("grpc-encoding", "gzip");
    request.fields.emplace_back("grpc-accept-encoding", "gzip");
    message = Gzip(message);
  }
  for (const auto& [name, value] : options.headers) {
    if (const Result<> fits = CheckHeader(name, value); !fits) return std::unexpected(fits.error());
    if (IsReserved(name)) continue;
    request.fields.emplace_back(name, name.ends_with("-bin") ? BinaryValue(value) : value);
  }
  auto prefix = h2::MessagePrefix(message.size());
  if (options.is_gzip) prefix[0] = std::byte{1};
  request.body.assign(prefix.begin(), prefix.end());
  request.body.insert(request.body.end(), message.begin(), message.end());
  return request;
}

}  // namespace fairlead::probe
