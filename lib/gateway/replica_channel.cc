#include "gateway/replica_channel.h"

#include <fmt/format.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "gateway/limits.h"

namespace fairlead::gateway {
namespace {

// A replica in rotation answers checks, so a failed connect is soon mended or soon out of the list.
constexpr int kReconnectMilliseconds = 100;
constexpr int kReconnectMillisecondsMax = 1000;
// The figure of xDS clients, who are told the same policy.
constexpr double kBackoffMultiplier = 2.0;

std::string Seconds(Duration duration) {
  return fmt::format("{:.3f}s", std::chrono::duration<double>(duration).count());
}

// "deadline-exceeded" -> "DEADLINE_EXCEEDED"
std::string StatusName(std::string word) {
  std::ranges::transform(word, word.begin(), [](char c) {
    if (c == '-') return '_';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return word;
}

// gRPC 1.51 calls back on threads that all channels share, and ends them with the last channel that
// used them. A call holds its channel, so that may happen on one of these threads: it joins itself
// in vain, and frees the queue that it then goes on to read (grpc/grpc#32584). So one channel stays
// until the process ends, on the thread that ends it. It connects to nobody: its only call is given
// up before it begins.
void KeepCallbackThreads() {
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };
  static const std::shared_ptr<grpc::Channel> kKept = [] {
    const auto call = std::make_shared<Call>();
    const grpc::Slice nothing("");
    call->request = grpc::ByteBuffer(&nothing, 1);
    call->context.TryCancel();
    auto kept = grpc::CreateChannel("unix:/dev/null", grpc::InsecureChannelCredentials());
    grpc::GenericStub(kept).UnaryCall(&call->context, "/fairlead/none", {}, &call->request,
                                      &call->response, [call](const grpc::Status&) {});
    return kept;
  }();
}

std::string TargetOf(const std::vector<Address>& addresses) {
  const bool is_v6 = addresses.front().is_v6();
  std::string target = is_v6 ? "ipv6:" : "ipv4:";
  for (const Address& address : addresses) {
    if (!target.ends_with(':')) target += ',';
    target += fmt::format(is_v6 ? fmt::runtime("[{}]:{}") : fmt::runtime("{}:{}"), address.ip,
                          address.port);
  }
  return target;
}

}  // namespace

std::string ServiceConfigOf(const spec::RetrySpec& retry) {
  using nlohmann::json;
  json config;
  json policy;
  policy["round_robin"] = json::object();
  config["loadBalancingConfig"].push_back(std::move(policy));
  if (!retry.enabled()) return config.dump();
  json method;
  method["name"].push_back(json::object());  // each method
  json& how = method["retryPolicy"];
  how["maxAttempts"] = retry.attempts;
  how["initialBackoff"] = Seconds(retry.backoff_base);
  how["maxBackoff"] = Seconds(retry.backoff_max);
  how["backoffMultiplier"] = kBackoffMultiplier;
  for (const std::string& status : retry.on)
    how["retryableStatusCodes"].push_back(StatusName(status));
  config["methodConfig"].push_back(std::move(method));
  return config.dump();
}

std::shared_ptr<grpc::Channel> OpenChannel(const ServiceName& name, const spec::RetrySpec& retry,
                                           const std::vector<Address>& addresses) {
  KeepCallbackThreads();
  grpc::ChannelArguments arguments;
  // Else a list of addresses would be the authority.
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, name.Text());
  arguments.SetServiceConfigJSON(ServiceConfigOf(retry));
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // of the daemon's environment
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMilliseconds);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectMillisecondsMax);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMillisecondsMax);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(CallLimits().message_bytes_max));
  arguments.SetMaxSendMessageSize(-1);  // as long as the listener takes
  arguments.SetUserAgentPrefix("fairlead-gateway");
  return grpc::CreateCustomChannel(TargetOf(addresses), grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace fairlead::gateway
