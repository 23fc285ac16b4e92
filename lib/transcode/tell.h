// A message in its JSON form, as grpc-gateway tells it. Pure.
//
// Every field is there: what a message does not have is null, and only members of a oneof and
// optional fields are left out when they are not set. 64-bit numbers are texts, enums their names,
// well-known types what proto3's JSON says. Of an Any whose type is not in the message's own pool
// the bytes are told.
// Why not protobuf's printer: it leaves out what is not set, which callers of grpc-gateway look
// for, and it makes a resolver of types for each message of a pool that is not the program's own.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "transcode/routes.h"

namespace fairlead::transcode {

// On one line. What cannot be told, a time outside of the calendar, is null.
std::string TellJson(const google::protobuf::Message& message);

// What of an answer the route tells: all of it, or its response_body. As there, 64-bit numbers
// that are the body themselves, alone, in a list or in a map, are numbers.
std::string TellAnswer(const Route& route, const google::protobuf::Message& answer);

}  // namespace fairlead::transcode
