#include "admin/status_code.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace fairlead::admin {
namespace {

google::rpc::Status Sent(const grpc::Status& status) {
  google::rpc::Status sent;
  EXPECT_TRUE(sent.ParseFromString(status.error_details()));
  return sent;
}

TEST(ToStatus, SendsReasonAndSubject) {
  const google::rpc::Status sent = Sent(ToStatus({.code = Code::kFailedPrecondition,
                                                  .message = "restart a/1: fewer than 2",
                                                  .reason = "MIN_AVAILABLE",
                                                  .subject = "a/1"}));
  EXPECT_EQ(sent.code(), 9);
  EXPECT_EQ(sent.message(), "restart a/1: fewer than 2");
  google::rpc::ErrorInfo info;
  ASSERT_EQ(sent.details_size(), 1);
  ASSERT_TRUE(sent.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "MIN_AVAILABLE");
  EXPECT_EQ(info.domain(), "fairlead");
  EXPECT_EQ(info.metadata().at("subject"), "a/1");
}

TEST(ToStatus, NamesTheFieldThatIsWrong) {
  const google::rpc::Status sent = Sent(
      ToStatus({.code = Code::kInvalidArgument, .message = "name: is empty", .subject = "name"}));
  google::rpc::BadRequest request;
  ASSERT_EQ(sent.details_size(), 2);
  ASSERT_TRUE(sent.details(1).UnpackTo(&request));
  EXPECT_EQ(request.field_violations(0).field(), "name");
  EXPECT_EQ(request.field_violations(0).description(), "name: is empty");
}

TEST(ToStatus, StaysSmallAndReadableWhateverTheErrorHolds) {
  const grpc::Status status = ToStatus(
      {.code = Code::kInvalidArgument, .message = std::string(100'000, '\xff'), .subject = "name"});
  EXPECT_LT(status.error_message().size() + status.error_details().size(), 4'000U);
  EXPECT_EQ(Sent(status).message(), status.error_message());
}

}  // namespace
}  // namespace fairlead::admin
