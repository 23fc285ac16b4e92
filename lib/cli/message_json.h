// A message of the API as the JSON that the API has over REST. Pure.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace fairlead::cli {

// Every field is there, also those with their default; on one line unless `is_pretty`. Ends with a
// line end.
std::string Json(const google::protobuf::Message& message, bool is_pretty);

}  // namespace fairlead::cli
