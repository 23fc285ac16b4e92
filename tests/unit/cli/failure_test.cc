#include "cli/failure.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace fairlead::cli {
namespace {

grpc::Status Refused(grpc::StatusCode code, const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  google::rpc::Status sent;
  sent.add_details()->PackFrom(info);
  return {code, "restart a/1: no", sent.SerializeAsString()};
}

TEST(Failure, ShowsTheReasonWhereItSaysMoreThanTheCode) {
  EXPECT_EQ(ReasonOf(Refused(grpc::StatusCode::FAILED_PRECONDITION, "MIN_AVAILABLE")),
            "MIN_AVAILABLE");
  EXPECT_EQ(ReasonOf(Refused(grpc::StatusCode::FAILED_PRECONDITION, "FAILED_PRECONDITION")), "");
  EXPECT_EQ(ReasonOf(grpc::Status(grpc::StatusCode::NOT_FOUND, "gone")), "");
  EXPECT_EQ(ReasonOf(grpc::Status(grpc::StatusCode::NOT_FOUND, "gone", "\xff no message")), "");
  EXPECT_EQ(FailureText(Refused(grpc::StatusCode::FAILED_PRECONDITION, "A\x1b[2J")).find('\x1b'),
            std::string::npos);
}

TEST(Failure, AdvisesWhatFitsTheReason) {
  EXPECT_EQ(FailureText(Refused(grpc::StatusCode::FAILED_PRECONDITION, "OBSERVE_ONLY")),
            "fairlead: restart a/1: no [OBSERVE_ONLY]\n"
            "`fairlead config` shows where policy.observe_only is set\n");
  EXPECT_EQ(FailureText(Refused(grpc::StatusCode::FAILED_PRECONDITION, "MIN_AVAILABLE")),
            "fairlead: restart a/1: no [MIN_AVAILABLE]\n"
            "`fairlead replicas` shows the present state; --force with --reason overrides "
            "min-available\n");
}

}  // namespace
}  // namespace fairlead::cli
