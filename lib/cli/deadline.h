// How long the daemon is waited for.
#pragma once

#include <grpcpp/client_context.h>

#include <chrono>

#include "base/time.h"

namespace fairlead::cli {

// A question to a daemon on the same host; acts have their own --timeout.
inline constexpr std::chrono::seconds kQuestionPatience{10};

inline void SetDeadline(grpc::ClientContext& context, Duration patience) {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(patience));
}

}  // namespace fairlead::cli
