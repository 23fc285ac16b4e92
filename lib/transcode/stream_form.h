// The two forms of a server stream over HTTP: JSON lines and Server-Sent Events. Pure.
//
// JSON lines are grpc-gateway's: {"result":...} per message, {"error":...} last if it failed.
// Events carry the cursor of what they tell, where the method has one: its request has a field
// `after_id`, and its messages one of their own with `id`. A browser that comes back sends the last
// one as Last-Event-ID, and misses nothing.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::transcode {

enum class StreamForm { kLines, kEvents };

// By the Accept header: events where it names text/event-stream.
StreamForm FormFor(std::string_view accept);
std::string_view ContentTypeOf(StreamForm form);

std::string PieceOf(StreamForm form, const google::protobuf::Message& message);
// The same of a message that is JSON already; an event has no cursor.
std::string PieceOfJson(StreamForm form, std::string_view json);
// `status_json` as http::StatusJson makes it.
std::string ErrorPieceOf(StreamForm form, std::string_view status_json);

// Puts Last-Event-ID into the request. kInvalidArgument: it is no number, or the method has none.
Result<> Resume(std::string_view last_event_id, google::protobuf::Message& request);

}  // namespace fairlead::transcode
