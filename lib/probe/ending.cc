#include "probe/ending.h"

#include <array>
#include <cstdint>
#include <string_view>

#include "health/grpc_health.h"
#include "probe/go_duration.h"
#include "probe/go_flags.h"

namespace fairlead::probe {
namespace {

constexpr std::uint64_t kServingNumber = 1;  // grpc.health.v1, HealthCheckResponse.ServingStatus

std::string StatusWord(std::uint64_t status) {
  constexpr std::array<std::string_view, 4> kWords = {"UNKNOWN", "SERVING", "NOT_SERVING",
                                                      "SERVICE_UNKNOWN"};
  return status < kWords.size() ? std::string(kWords[status]) : std::to_string(status);
}

// As grpc-go prints codes.
std::string_view GoCodeName(Code code) {
  constexpr std::array<std::string_view, 17> kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  return kNames[static_cast<std::size_t>(code)];
}

// The code that grpc-go would give to what is no gRPC status.
Code CodeOfEnd(h2::CallEnd end) {
  switch (end) {
    case h2::CallEnd::kTimeout:
      return Code::kDeadlineExceeded;
    case h2::CallEnd::kProtocol:
      return Code::kInternal;
    case h2::CallEnd::kHttpStatus:
      return Code::kUnknown;
    default:
      return Code::kUnavailable;
  }
}

Ending RpcFailed(Code code, const std::string& detail) {
  return {ExitCode::kRpcFailure, "error: health rpc failed: rpc error: code = " +
                                     std::string(GoCodeName(code)) + " desc = " + detail + "\n"};
}

}  // namespace

Ending NotConnected(const Options& options, const Error& last) {
  return {ExitCode::kConnectionFailure,
          "timeout: failed to connect service " + Quoted(options.address) + " within " +
              FormatGoDuration(options.connect_timeout) + "\nlast failure: " + last.message + "\n"};
}

Ending NoSuchAddress(const Options& options, const Error& why) {
  return {ExitCode::kConnectionFailure, "error: failed to connect service at " +
                                            Quoted(options.address) + ": " + why.message + "\n"};
}

Ending NoCredentials(const Error& why) {
  return {ExitCode::kInvalidArguments,
          "failed to initialize tls credentials. error=" + why.message + "\n"};
}

Ending OfMessage(std::span<const std::byte> message) {
  const std::optional<std::uint64_t> status = health::DecodeHealthStatus(message);
  if (!status) return RpcFailed(Code::kInternal, "the answer is no HealthCheckResponse");
  if (*status == kServingNumber) return {ExitCode::kServing, "status: SERVING\n"};
  return {ExitCode::kUnhealthy,
          "service unhealthy (responded with " + Quoted(StatusWord(*status)) + ")\n"};
}

Ending OfCall(const Options& options, const h2::CallResult& result) {
  const bool is_answered = result.end == h2::CallEnd::kAnswered;
  if (is_answered && result.status == Code::kOk) return OfMessage(result.message);
  const Code code = is_answered ? result.status : CodeOfEnd(result.end);
  if (code == Code::kUnimplemented) {
    return {ExitCode::kRpcFailure,
            "error: this server does not implement the grpc health protocol "
            "(grpc.health.v1.Health): " +
                result.detail + "\n"};
  }
  if (code == Code::kDeadlineExceeded) {
    return {ExitCode::kRpcFailure, "timeout: health rpc did not complete within " +
                                       FormatGoDuration(options.rpc_timeout) + "\n"};
  }
  return RpcFailed(code, result.detail);
}

Ending NoCall(const Error& why) {
  return RpcFailed(why.code, why.message);
}

Ending WaitedInVain(const Options& options, const std::optional<Ending>& last) {
  Ending ending = last.value_or(Ending{ExitCode::kRpcFailure, ""});
  ending.text += "timeout: not SERVING within " + FormatGoDuration(options.rpc_timeout) + "\n";
  return ending;
}

}  // namespace fairlead::probe
