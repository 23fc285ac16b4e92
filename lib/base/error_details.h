// What programs read of an error, beside its code: the details of google.rpc. Pure.
//
// Why here: gRPC sends them as protobuf and HTTP as JSON; what is in them is decided once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead {

inline constexpr std::string_view kErrorDomain = "fairlead";

struct ErrorDetails {
  // google.rpc.ErrorInfo.
  std::string reason;  // "MIN_AVAILABLE"; the code's name where there is no more to say
  std::map<std::string, std::string>
      metadata;  // "subject": what it is about, where that has a name
  // google.rpc.BadRequest: the field of the request that is wrong.
  struct FieldViolation {
    std::string field;
    std::string description;
    bool operator==(const FieldViolation&) const = default;
  };
  std::optional<FieldViolation> violation;
  bool operator==(const ErrorDetails&) const = default;
};

ErrorDetails DetailsOf(const Error& error);

}  // namespace fairlead
