// How a server's connections use nghttp2: its options and its callbacks.
#pragma once

#include <nghttp2/nghttp2.h>

#include <string_view>

#include "h2/limits.h"

namespace fairlead::h2 {

class ServerCall;
class ServerConnection;

// A server-side session that reports to `connection`; the caller deletes it with
// nghttp2_session_del. Its SETTINGS are submitted.
nghttp2_session* NewServerSession(ServerConnection& connection, const ServerLimits& limits);

// What response HEADERS and trailers are made of; the texts must outlive the submit call.
nghttp2_nv HeaderField(std::string_view name, std::string_view value);

// Reads the pending messages of a ServerCall; goes with every response that has a body.
nghttp2_data_provider MessagesOf(ServerCall& call);

}  // namespace fairlead::h2
