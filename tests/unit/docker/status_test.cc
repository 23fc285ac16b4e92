#include <gtest/gtest.h>

#include "docker/http_call.h"

namespace fairlead::docker {
namespace {

TEST(Status, EveryStatusHasItsCode) {
  const auto code = [](unsigned status) { return CheckStatus("ask", status, "").error().code; };
  EXPECT_TRUE(CheckStatus("ask", 200, ""));
  EXPECT_TRUE(CheckStatus("ask", 204, ""));
  EXPECT_EQ(code(304), Code::kAlreadyExists);
  EXPECT_EQ(code(409), Code::kAlreadyExists);
  EXPECT_EQ(code(400), Code::kInvalidArgument);
  EXPECT_EQ(code(403), Code::kPermissionDenied);
  EXPECT_EQ(code(404), Code::kNotFound);
  EXPECT_EQ(code(500), Code::kInternal);
  EXPECT_EQ(code(501), Code::kUnimplemented);
  EXPECT_EQ(code(503), Code::kUnavailable);
  EXPECT_EQ(code(418), Code::kDataLoss);
  EXPECT_EQ(code(301), Code::kDataLoss);
}

TEST(Status, TheMessageSaysWhatWasAskedAndWhatTheEngineAnswered) {
  EXPECT_EQ(CheckStatus("inspect container a", 404, R"({"message":"No such container: a"})")
                .error()
                .message,
            "inspect container a: HTTP 404: No such container: a");
}

}  // namespace
}  // namespace fairlead::docker
