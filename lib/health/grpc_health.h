// The grpc.health.v1 messages, by hand, and what an answer means for a verdict.
//
// Why by hand: two messages of one field each do not justify linking protobuf into the prober.
// Source: grpc/grpc src/proto/grpc/health/v1/health.proto. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "h2/answer.h"
#include "h2/watch_call.h"
#include "spec/check.h"

namespace fairlead::health {

constexpr std::string_view kHealthCheckPath = "/grpc.health.v1.Health/Check";
constexpr std::string_view kHealthWatchPath = "/grpc.health.v1.Health/Watch";

// HealthCheckRequest{service}.
std::vector<std::byte> EncodeHealthRequest(std::string_view service);

// HealthCheckResponse.status as a number, 0 when absent, the last one when repeated; unknown fields
// are skipped. Nothing when the bytes are no protobuf message.
std::optional<std::uint64_t> DecodeHealthStatus(std::span<const std::byte> message);

// The class of one Check. Beside what the state model names:
// UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED, CANCELLED, INTERNAL, UNKNOWN and DATA_LOSS are a living
// server's "not now": kNotServing. DEADLINE_EXCEEDED is kTimeout. Codes that blame the question
// (PERMISSION_DENIED, UNAUTHENTICATED, INVALID_ARGUMENT ...) are misconfiguration: kProtocol.
// `latency` is left zero.
spec::CheckOutcome OutcomeOf(const h2::CallResult& result);

// What an answer under the liveness name says. Only a health status counts: a server that is merely
// overloaded, or that cannot answer, must not be restarted for it.
spec::LivenessWord LivenessOf(const h2::WatchNews& answer);

// What one message of a Watch adds to the class that was told last; nothing when it adds nothing.
// A server that says it does not serve, or does not know the name, is believed at once. SERVING is
// news only after such a word: passes are counted by checks, which show that it still answers.
std::optional<spec::CheckOutcome> NewsOfWatch(std::span<const std::byte> message,
                                              std::optional<spec::CheckClass> told);

}  // namespace fairlead::health
