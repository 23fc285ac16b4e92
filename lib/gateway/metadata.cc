#include "gateway/metadata.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/base64.h"
#include "base/text.h"
#include "h2/grpc_headers.h"
#include "http/head.h"

namespace fairlead::gateway {
namespace {

constexpr std::string_view kMetadataPrefix = "grpc-metadata-";
constexpr std::string_view kGatewayPrefix = "grpcgateway-";
constexpr std::size_t kFieldBytes = 32;  // as a header list counts (RFC 9113, 6.5.2)
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

// The same for what a service says: what is of one hop, or what browsers take for the gateway's
// word on who may read it.
constexpr auto kNotByServices = std::to_array<std::string_view>({
    "access-control-",
    "connection",
    "content-",
    "fairlead-",
    "grpc-",
    "host",
    "keep-alive",
    "proxy-",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
});

// What browsers and HTTP/2 clients say besides metadata.
constexpr auto kNoMetadata = std::to_array<std::string_view>({
    "accept-encoding",
    "dnt",
    "keep-alive",
    "priority",
    "proxy-",
    "sec-",
    "trailer",
    "x-grpc-web",
    "x-user-agent",
});

bool IsAmong(const auto& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view kept) {
    return kept.ends_with('-') ? name.starts_with(kept) : name == kept;
  });
}

bool IsOurs(std::string_view name) {
  return IsAmong(kNotByCallers, name);
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

// Several values of a -bin header may be in one, with commas between them.
Result<> AddBinary(const std::string& header, std::string name, std::string_view values,
                   Metadata& metadata) {
  while (true) {
    const std::size_t comma = values.find(',');
    const auto bytes = FromBase64(http::Trimmed(values.substr(0, comma)));
    if (!bytes)
      return Fail(Code::kInvalidArgument,
                  "read the header " + Printable(header) + ": it is no base64");
    metadata.emplace_back(name, *bytes);
    if (comma == std::string_view::npos) return {};
    values.remove_prefix(comma + 1);
  }
}

// `named`: what a header that HTTP knows nothing of is called as metadata; nothing: it is none.
template <class Named>
Result<Metadata> MetadataBy(const http::Request& request, bool forwards_auth, Named named) {
  Metadata metadata;
  for (const http::Field& field : request.fields) {
    if (!forwards_auth && (field.name == "authorization" || field.name == "cookie")) continue;
    std::string name;
    if (std::ranges::find(kPermanent, field.name) != kPermanent.end()) {
      if (field.name == "authorization" && IsValue(field.value))
        metadata.emplace_back(field.name, field.value);
      name = std::string(kGatewayPrefix) + field.name;
    } else {
      const std::optional<std::string> called = named(field.name);
      if (!called || IsOurs(*called)) continue;
      name = *called;
    }
    if (!IsName(name)) continue;
    if (name.ends_with("-bin")) {
      Result<> added = AddBinary(field.name, std::move(name), field.value, metadata);
      if (!added) return std::unexpected(added.error());
    } else if (IsValue(field.value)) {
      metadata.emplace_back(std::move(name), field.value);
    }
  }
  AddForwarded(request, metadata);
  return metadata;
}

}  // namespace

Result<Metadata> MetadataOf(const http::Request& request, bool forwards_auth) {
  return MetadataBy(request, forwards_auth,
                    [](std::string_view name) -> std::optional<std::string> {
                      if (!name.starts_with(kMetadataPrefix)) return std::nullopt;
                      return std::string(name.substr(kMetadataPrefix.size()));
                    });
}

Result<Metadata> MetadataOfCall(const http::Request& request, bool forwards_auth) {
  return MetadataBy(request, forwards_auth,
                    [](std::string_view name) -> std::optional<std::string> {
                      if (IsAmong(kNoMetadata, name)) return std::nullopt;
                      return std::string(name);
                    });
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

std::vector<http::Field> CallFieldsOf(const Metadata& metadata, std::size_t bytes_max) {
  std::vector<http::Field> fields;
  std::size_t bytes = 0;
  for (const auto& [name, value] : metadata) {
    if (!IsName(name) || IsAmong(kNotByServices, name)) continue;
    const bool is_binary = name.ends_with("-bin");
    if (!is_binary && !IsValue(value)) continue;
    http::Field field{name, is_binary ? ToBase64(value) : value};
    bytes += field.name.size() + field.value.size() + kFieldBytes;
    if (bytes > bytes_max) break;
    fields.push_back(std::move(field));
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
