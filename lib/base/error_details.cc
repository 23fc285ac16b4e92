#include "base/error_details.h"

namespace fairlead {

ErrorDetails DetailsOf(const Error& error) {
  ErrorDetails details;
  details.reason = error.reason.empty() ? std::string(CodeName(error.code)) : error.reason;
  if (error.subject.empty()) return details;
  if (error.code == Code::kInvalidArgument) {
    details.violation = {.field = error.subject, .description = error.message};
  } else {
    details.metadata["subject"] = error.subject;
  }
  return details;
}

}  // namespace fairlead
