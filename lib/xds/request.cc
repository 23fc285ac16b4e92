#include "xds/request.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>

#include "base/field_reader.h"
#include "base/text.h"
#include "envoy/config/core/v3/base.pb.h"
#include "google/rpc/status.pb.h"
#include "xds/transport_security.h"

namespace fairlead::xds {
namespace {

constexpr std::uint32_t kVersionField = 1;
constexpr std::uint32_t kNodeField = 2;
constexpr std::uint32_t kNamesField = 3;
constexpr std::uint32_t kTypeUrlField = 4;
constexpr std::uint32_t kNonceField = 5;
constexpr std::uint32_t kErrorField = 6;

void Take(Request& request, std::uint32_t field, std::string_view value) {
  switch (field) {
    case kVersionField:
      request.version_info = value;
      break;
    case kNodeField:
      request.node = value;
      break;
    case kTypeUrlField:
      request.type_url = value;
      break;
    case kNonceField:
      request.response_nonce = value;
      break;
    case kErrorField:
      request.error_detail = value;
      break;
    default:
      break;  // fields that we do not use
  }
}

// `run` are fields of names that lie side by side, with their tags and lengths: one hash over all
// of them costs a tenth of what one for each does. It means something in this process alone.
void TakeNames(Request& request, std::string_view run) {
  constexpr std::uint64_t kBefore = 31;  // names in two runs are others than the same in one
  request.names_hash = request.names_hash * kBefore + std::hash<std::string_view>{}(run);
}

}  // namespace

Result<Request> ReadRequest(std::span<const std::byte> message) {
  Request request;
  request.message = {reinterpret_cast<const char*>(message.data()), message.size()};
  FieldReader reader(request.message);
  std::string_view run;
  for (std::string_view at = reader.rest(); reader.Next(); at = reader.rest()) {
    if (!reader.is_bytes()) continue;
    if (reader.number() != kNamesField) {
      Take(request, reader.number(), reader.value());
      continue;
    }
    ++request.name_count;
    if (run.data() + run.size() != at.data()) {
      TakeNames(request, run);
      run = at.substr(0, 0);
    }
    run = {run.data(), static_cast<std::size_t>(reader.rest().data() - run.data())};
  }
  TakeNames(request, run);
  if (reader.is_bad()) {
    return Fail(Code::kInvalidArgument, "read discovery request: not a protobuf message");
  }
  return request;
}

std::vector<std::string_view> Request::Names() const {
  std::vector<std::string_view> names;
  names.reserve(name_count);
  FieldReader reader(message);
  while (reader.Next()) {
    if (reader.is_bytes() && reader.number() == kNamesField) {
      names.push_back(reader.value());
    }
  }
  return names;
}

Result<NodeInfo> ReadNode(std::string_view encoded) {
  envoy::config::core::v3::Node node;
  if (!node.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return Fail(Code::kInvalidArgument, "read discovery request: the node is not a Node message");
  }
  const auto& metadata = node.metadata().fields();
  const auto tls = metadata.find(std::string(kTlsDirectoryKey));
  return NodeInfo{.id = node.id(),
                  .cluster = node.cluster(),
                  .user_agent = node.user_agent_name(),
                  .user_agent_version = node.user_agent_version(),
                  .tls_directory = tls == metadata.end() ? "" : tls->second.string_value()};
}

namespace {

Flavour KindOf(const NodeInfo& node) {
  if (node.user_agent == "envoy") {
    return Flavour::kEnvoy;
  }
  // "gRPC C-core linux" with "C-core 29.0.0" is gRPC 1.51; 30 is the first without the crash, and
  // 28 (1.50) the first with it. Who hides its version is taken for the newest.
  constexpr std::string_view kVersionPrefix = "C-core ";
  constexpr int kFirstSoundCore = 30;
  if (node.user_agent.starts_with("gRPC C-core") &&
      node.user_agent_version.starts_with(kVersionPrefix)) {
    int core = kFirstSoundCore;
    const std::string_view version =
        std::string_view(node.user_agent_version).substr(kVersionPrefix.size());
    std::from_chars(version.data(), version.data() + version.size(), core);
    return core < kFirstSoundCore ? Flavour::kGrpcNoRing : Flavour::kGrpc;
  }
  return Flavour::kGrpc;
}

}  // namespace

Flavour FlavourOf(const NodeInfo& node) {
  const Flavour kind = KindOf(node);
  return node.tls_directory.empty() ? kind : WithTls(kind);
}

std::string ErrorDetailText(std::string_view encoded) {
  google::rpc::Status status;
  if (!status.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return "(unreadable error detail)";
  }
  constexpr std::size_t kTextBytesMax = 1'024;  // Envoy joins one message per refused resource
  return fmt::format("code {}: {}", status.code(), Printable(status.message(), kTextBytesMax));
}

}  // namespace fairlead::xds
