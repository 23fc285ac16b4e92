#include "gateway/calling.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/text.h"
#include "h2/call_status.h"
#include "h2/grpc_headers.h"

namespace fairlead::gateway {
namespace {

// Of RFC 7541's static table.
constexpr unsigned kAuthorityName = 1;
constexpr unsigned kMethodPost = 3;
constexpr unsigned kPathName = 4;
constexpr unsigned kSchemeHttp = 6;
constexpr unsigned kSchemeHttps = 7;
constexpr unsigned kContentTypeName = 31;
constexpr unsigned kUserAgentName = 58;

constexpr const char* kNoStatus = "its answer ended without a status";
constexpr std::size_t kListFieldBytes = 32;  // RFC 9113, section 6.5.2
// What RFC 9113 counts of the fields that each call has.
constexpr std::size_t kListBytesOfAll = 512;

std::string_view FieldOf(const h2::FieldList& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &h2::FieldList::value_type::first);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

// A number beyond those of gRPC is told on as it is; what is none is UNKNOWN.
Code StatusOf(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number ? static_cast<Code>(number) : Code::kUnknown;
}

std::optional<Duration> PushbackOf(const h2::FieldList& fields) {
  const std::string_view text = FieldOf(fields, "grpc-retry-pushback-ms");
  if (text.empty()) return std::nullopt;
  int milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  // What is no number means that there may be no other attempt (gRPC's A6).
  if (error != std::errc() || end != text.data() + text.size()) milliseconds = -1;
  return std::chrono::milliseconds(milliseconds);
}

// The values of a -bin field, which are joined by commas.
void AddBytes(const std::string& name, std::string_view values, Metadata& metadata) {
  for (std::size_t comma = 0; comma != std::string_view::npos; values.remove_prefix(comma + 1)) {
    comma = values.find(',');
    if (auto bytes = FromBase64(values.substr(0, comma)))
      metadata.emplace_back(name, *std::move(bytes));
    if (comma == std::string_view::npos) return;
  }
}

}  // namespace

CallHead HeadOf(const Calling& calling, const Attempt& attempt) {
  const auto& [authority, is_tls, left, attempts_before] = attempt;
  CallHead head;
  h2::PlainBlock& block = head.block;
  block.AddKnown(kMethodPost);
  block.AddKnown(is_tls ? kSchemeHttps : kSchemeHttp);
  block.AddNamed(kPathName, calling.method);
  block.AddNamed(kAuthorityName, authority);
  block.Add("te", "trailers");
  if (left) block.Add("grpc-timeout", h2::FormatTimeout(std::max(*left, Duration(1))));
  block.AddNamed(kContentTypeName, "application/grpc");
  block.AddNamed(kUserAgentName, "fairlead-gateway");
  block.Add("grpc-accept-encoding", "identity");
  if (attempts_before > 0) block.Add("grpc-previous-rpc-attempts", std::to_string(attempts_before));
  head.list_bytes = kListBytesOfAll + calling.method.size() + authority.size();
  for (const auto& [name, value] : calling.metadata) {
    const std::string told = name.ends_with("-bin") ? ToBase64(value) : value;
    head.list_bytes += name.size() + told.size() + kListFieldBytes;
    block.Add(name, told);
  }
  return head;
}

Metadata MetadataOf(const h2::FieldList& fields) {
  Metadata metadata;
  for (const auto& [name, value] : fields) {
    if (name.starts_with(':') || name.starts_with("grpc-") || name == "content-type") continue;
    if (name.ends_with("-bin")) {
      AddBytes(name, value, metadata);
    } else {
      metadata.emplace_back(name, value);
    }
  }
  return metadata;
}

std::optional<CallFailure> FaultOfHead(const Calling& calling, const h2::FieldList& fields) {
  const std::string_view status = FieldOf(fields, ":status");
  if (status != "200")
    return OwnFailure(calling, h2::CodeOfHttpStatus(status),
                      "HTTP status " + Printable(status, 16));
  const std::string_view type = FieldOf(fields, "content-type");
  if (h2::IsGrpcContentType(type)) return std::nullopt;
  return OwnFailure(calling, Code::kUnknown, "content type \"" + Printable(type) + "\"");
}

Outcome OutcomeOf(const Calling& calling, const h2::FieldList& fields, bool has_head) {
  const std::string_view told = FieldOf(fields, "grpc-status");
  if (told.empty() && !has_head) {
    if (auto fault = FaultOfHead(calling, fields)) return {.end = {.how = *std::move(fault)}};
  }
  if (told.empty()) return {.end = {.how = OwnFailure(calling, Code::kInternal, kNoStatus)}};
  CallFailure how{.code = StatusOf(told)};
  how.message = h2::PercentDecode(FieldOf(fields, "grpc-message"));
  how.details = FromBase64(FieldOf(fields, "grpc-status-details-bin")).value_or("");
  return {.end = {.how = std::move(how), .trailers = MetadataOf(fields)},
          .pushback = PushbackOf(fields)};
}

CallFailure OwnFailure(const Calling& calling, Code code, const std::string& why) {
  const std::string what = "call " + calling.service + ": ";
  switch (code) {
    case Code::kDeadlineExceeded:
      return {code, what + "it did not answer in time"};
    case Code::kUnavailable:
      return {code, what + "no replica could be reached, or the connection broke; try again"};
    case Code::kResourceExhausted:
      return {code, what + (why.empty() ? "its answer is larger than the gateway takes" : why)};
    case Code::kCancelled:
      return {code, what + "it was given up"};
    default:
      return {code, what + "it did not answer as gRPC does" + (why.empty() ? "" : ": " + why)};
  }
}

std::string TlsTroubleWords(const std::string& service) {
  return service +
         " could not be reached: TLS with its replicas came to nothing; the daemon's log says why";
}

}  // namespace fairlead::gateway
