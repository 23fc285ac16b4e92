#include "admin/status_code.h"

#include <string>

#include "base/error_details.h"
#include "base/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace fairlead::admin {

grpc::Status ToStatus(const Error& error) {
  Error sent = error;
  sent.message = Printable(error.message, kStatusTextBytesMax);
  const ErrorDetails details = DetailsOf(sent);
  google::rpc::Status status;
  status.set_code(static_cast<int>(sent.code));
  status.set_message(sent.message);
  google::rpc::ErrorInfo info;
  info.set_reason(details.reason);
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : details.metadata)
    (*info.mutable_metadata())[key] = Printable(value);
  status.add_details()->PackFrom(info);
  if (details.violation) {
    google::rpc::BadRequest request;
    google::rpc::BadRequest::FieldViolation& violation = *request.add_field_violations();
    violation.set_field(Printable(details.violation->field));
    violation.set_description(details.violation->description);
    status.add_details()->PackFrom(request);
  }
  return {static_cast<grpc::StatusCode>(sent.code), sent.message, status.SerializeAsString()};
}

}  // namespace fairlead::admin
