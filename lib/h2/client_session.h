// How a client's connection uses nghttp2: its options, its callbacks, its request.
#pragma once

#include <nghttp2/nghttp2.h>

#include <boost/container/static_vector.hpp>

#include "h2/limits.h"

namespace fairlead::h2 {

class ClientConnection;
struct UnaryRequest;

// A client-side session that reports to `connection`; the caller deletes it with
// nghttp2_session_del. Its SETTINGS are submitted.
nghttp2_session* NewClientSession(ClientConnection& connection, const ClientLimits& limits);

// The request's headers; they point into it.
boost::container::static_vector<nghttp2_nv, 8> RequestFields(const UnaryRequest& request);

// Queues the call, which must outlive its stream. Returns the stream's id or a negative nghttp2
// error.
std::int32_t SubmitRequest(nghttp2_session* session, const UnaryRequest& request);

}  // namespace fairlead::h2
