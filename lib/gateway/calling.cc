#include "gateway/calling.h"

#include <chrono>
#include <map>
#include <string_view>

#include "runtime/clock.h"

namespace fairlead::gateway {
namespace {

// What gRPC notes of an error that the server itself sent; anything else is its own.
constexpr std::string_view kFromPeer = "Error received from peer";

// gRPC's own words have addresses in them, which are no business of callers.
std::string OwnWords(const Calling& calling, Code code) {
  const std::string what = "call " + calling.service + ": ";
  switch (code) {
    case Code::kDeadlineExceeded:
      return what + "it did not answer in time";
    case Code::kUnavailable:
      return what + "no replica could be reached, or the connection broke; try again";
    case Code::kResourceExhausted:
      return what + "its answer is larger than the gateway takes";
    case Code::kCancelled:
      return what + "it was given up";
    default:
      return what + "it did not answer as gRPC does";
  }
}

Metadata Copied(const std::multimap<grpc::string_ref, grpc::string_ref>& fields) {
  Metadata metadata;
  for (const auto& [name, value] : fields)
    metadata.emplace_back(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
  return metadata;
}

}  // namespace

void Prepare(grpc::ClientContext& context, const Calling& calling) {
  for (const auto& [name, value] : calling.metadata) context.AddMetadata(name, value);
  if (!calling.timeout) return;
  const auto until = runtime::ToWall(runtime::Now() + *calling.timeout);
  context.set_deadline(std::chrono::time_point_cast<std::chrono::system_clock::duration>(until));
}

Metadata HeadOf(const grpc::ClientContext& context) {
  return Copied(context.GetServerInitialMetadata());
}

Metadata TrailersOf(const grpc::ClientContext& context) {
  return Copied(context.GetServerTrailingMetadata());
}

CallFailure FailureOf(const Calling& calling, const grpc::Status& status,
                      const grpc::ClientContext& context) {
  const auto code = static_cast<Code>(status.error_code());
  const bool is_services = context.debug_error_string().find(kFromPeer) != std::string::npos;
  if (is_services) return {code, status.error_message(), status.error_details()};
  return {code, OwnWords(calling, code)};
}

}  // namespace fairlead::gateway
