// Result and Error: how a part of fairlead says that something outside it went wrong.
//
// Why: engines, peers and files fail all the time; that is a value, not an exception. Callers
// branch on the code and never on the text. The codes are gRPC's, so that an error crosses the
// admin API unchanged.
// Message form: what was being done, then the cause: "read engine response: end of stream".
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace fairlead {

// The gRPC status codes with their wire numbers (grpc/grpc doc/statuscodes.md).
enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// The name as gRPC writes it, e.g. "NOT_FOUND".
std::string_view CodeName(Code code);

struct Error {
  Code code = Code::kUnknown;
  std::string message;
  // For programs, where the code alone does not say enough: a stable word such as "MIN_AVAILABLE".
  // Empty: the code's own name says it all.
  std::string reason = {};
  // What it is about, for programs: the field of the request that is wrong (kInvalidArgument), else
  // the replica, service or container. Empty: nothing by name.
  std::string subject = {};

  // "NOT_FOUND: inspect container 3f2a: no such container"
  std::string Text() const;
  bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = std::expected<T, Error>;

// Shorthand for `return Fail(Code::kNotFound, "...")`.
inline std::unexpected<Error> Fail(Code code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}
// The same with what programs read of it.
struct ErrorDetail {
  std::string reason = {};
  std::string subject = {};
};
inline std::unexpected<Error> Fail(Code code, std::string message, ErrorDetail detail) {
  return std::unexpected(
      Error{code, std::move(message), std::move(detail.reason), std::move(detail.subject)});
}

}  // namespace fairlead
