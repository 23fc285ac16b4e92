#include "gateway/metadata.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/text.h"
#include "h2/grpc_headers.h"

namespace fairlead::gateway {
namespace {

constexpr std::string_view kMetadataPrefix = "grpc-metadata-";
constexpr std::string_view kGatewayPrefix = "grpcgateway-";
constexpr Duration kTimeoutMax = std::chrono::hours(24);

// IANA's permanent headers, as grpc-gateway passes them on; a Connection or a length is of one hop.
constexpr auto kPermanent = std::to_array<std::string_view>({
    "accept",
    "accept-charset",
    "accept-language",
    "accept-ranges",
    "authorization",
    "cache-control",
    "content-type",
    "cookie",
    "date",
    "expect",
    "from",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-schedule-tag-match",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "referer",
    "user-agent",
    "via",
    "warning",
});

// Names, and beginnings that end in a dash, that only we or gRPC itself set.
constexpr auto kNotByCallers = std::to_array<std::string_view>({
    "grpc-",
    "grpcgateway-",
    "fairlead-",
    "x-forwarded-",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
});

bool IsOurs(std::string_view name) {
  return std::ranges::any_of(kNotByCallers, [&](std::string_view kept) {
    return kept.ends_with('-') ? name.starts_with(kept) : name == kept;
  });
}

bool IsName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool IsValue(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

// The caller's address without its port: "127.0.0.1", "::1"; empty over a unix socket.
std::string_view AddressOf(const http::Peer& peer) {
  std::string_view address = peer.address;
  address = address.substr(0, address.rfind(':'));
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  return address;
}

void AddForwarded(const http::Request& request, Metadata& metadata) {
  const std::string_view host = request.Find("x-forwarded-host");
  const std::string shown(host.empty() ? request.Find("host") : host);
  if (!shown.empty() && IsValue(shown)) metadata.emplace_back("x-forwarded-host", shown);
  std::string chain(request.Find("x-forwarded-for"));
  if (!IsValue(chain)) chain.clear();
  const std::string_view address = AddressOf(request.peer);
  if (!address.empty()) chain += (chain.empty() ? "" : ", ") + std::string(address);
  if (!chain.empty()) metadata.emplace_back("x-forwarded-for", chain);
}

}  // namespace

Result<Metadata> MetadataOf(const http::Request& request, bool forwards_auth) {
  Metadata metadata;
  for (const http::Field& field : request.fields) {
    std::string name = field.name;
    std::string value = field.value;
    if (!forwards_auth && (name == "authorization" || name == "cookie")) continue;
    if (name.starts_with(kMetadataPrefix)) {
      name = name.substr(kMetadataPrefix.size());
      if (IsOurs(name)) continue;
    } else if (std::ranges::find(kPermanent, name) != kPermanent.end()) {
      if (name == "authorization" && IsValue(value)) metadata.emplace_back(name, value);
      name = std::string(kGatewayPrefix) + name;
    } else {
      continue;
    }
    if (!IsName(name)) continue;
    if (name.ends_with("-bin")) {
      const auto bytes = FromBase64(value);
      if (!bytes)
        return Fail(Code::kInvalidArgument,
                    "read the header " + Printable(field.name) + ": it is no base64");
      value = *bytes;
    } else if (!IsValue(value)) {
      continue;
    }
    metadata.emplace_back(std::move(name), std::move(value));
  }
  AddForwarded(request, metadata);
  return metadata;
}

std::vector<http::Field> FieldsOf(const Metadata& metadata) {
  std::vector<http::Field> fields;
  for (const auto& [name, value] : metadata) {
    if (!IsName(name) || name.starts_with("grpc-")) continue;
    const bool is_binary = name.ends_with("-bin");
    if (!is_binary && !IsValue(value)) continue;
    fields.push_back({"Grpc-Metadata-" + name, is_binary ? ToBase64(value) : value});
  }
  return fields;
}

Result<std::optional<Duration>> TimeoutOf(const http::Request& request) {
  const std::string_view text = request.Find("grpc-timeout");
  if (text.empty()) return std::nullopt;
  const std::optional<Duration> timeout = h2::ParseTimeout(text);
  if (timeout) return std::min(*timeout, kTimeoutMax);
  return Fail(Code::kInvalidArgument,
              "read Grpc-Timeout " + Printable(text) + ": it is no time such as 10S or 250m");
}

}  // namespace fairlead::gateway
