#include "diagnose/log_words.h"

#include <algorithm>
#include <string>

namespace fairlead::diagnose {
namespace {

// In lower case. Each says it alone.
constexpr std::string_view kAlone[] = {"rpc error",
                                       "rpcerror",
                                       "statusruntimeexception",
                                       "deadline_exceeded",
                                       "deadlineexceeded",
                                       "resource_exhausted",
                                       "failed_precondition",
                                       "permission_denied",
                                       "unauthenticated",
                                       "unimplemented",
                                       "invalid_argument",
                                       "data_loss",
                                       "out_of_range",
                                       "enhance_your_calm",
                                       "rst_stream",
                                       "goaway",
                                       "tls handshake",
                                       "handshake failed",
                                       "handshake error",
                                       "handshake_failure",
                                       "wrong version number",
                                       "certificate verify failed",
                                       "certificate has expired",
                                       "connection refused",
                                       "connection reset",
                                       "address already in use"};
// These are words of other things, too: only beside a word of gRPC.
constexpr std::string_view kBesideGrpc[] = {
    "unavailable", "internal",  "unknown",        "aborted", "cancelled",
    "canceled",    "not_found", "already_exists", "error",   "fail"};
constexpr std::string_view kGrpc[] = {"grpc", "rpc ", "statuscode", "http2", "http/2"};

char Lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool TellsGrpcError(std::string_view line) {
  std::string text(line);
  std::ranges::transform(text, text.begin(), Lowered);
  const auto is_in = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  if (std::ranges::any_of(kAlone, is_in)) return true;
  return std::ranges::any_of(kGrpc, is_in) && std::ranges::any_of(kBesideGrpc, is_in);
}

}  // namespace fairlead::diagnose
