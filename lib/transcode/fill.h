// A message out of JSON, as grpc-gateway reads it. Pure.
//
// As Go's protojson with unknown names passed over: names of the .proto or of JSON, 64-bit numbers
// as texts or numbers, null for what is not set. Numbers, masks and enums of a query are texts,
// which Go reads a little differently: see Source.
// Why not protobuf's reader: it takes texts for lists and null for anything, and makes a resolver
// of types for each message of a pool that is not the program's own.
#pragma once

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace fairlead::transcode {

// From a query numbers may have a plus, masks are names of the .proto, and an enum's value must be
// one of its own; in a body a name that the enum does not have is passed over, as unknown fields.
enum class Source { kBody, kQuery };

// Fills `message`, which has nothing yet of what `value` has. kInvalidArgument names the field and
// what is wrong. REQUIRES: `value` nests no deeper than a stack allows (kLooseJsonDepthMax).
Result<> Fill(const nlohmann::json& value, Source source, google::protobuf::Message& message);

// The same for one field, whose value is all of `value`.
Result<> FillField(const nlohmann::json& value, Source source,
                   const google::protobuf::FieldDescriptor& field,
                   google::protobuf::Message& message);

}  // namespace fairlead::transcode
