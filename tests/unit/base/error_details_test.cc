#include "base/error_details.h"

#include <gtest/gtest.h>

namespace fairlead {
namespace {

TEST(ErrorDetails, HaveTheCodesNameWhereNoReasonIsGiven) {
  EXPECT_EQ(DetailsOf({Code::kUnavailable, "read: gone"}), (ErrorDetails{.reason = "UNAVAILABLE"}));
}

TEST(ErrorDetails, SayWhatItIsAbout) {
  EXPECT_EQ(DetailsOf({.code = Code::kFailedPrecondition,
                       .message = "restart a/1: fewer than 2",
                       .reason = "MIN_AVAILABLE",
                       .subject = "a/1"}),
            (ErrorDetails{.reason = "MIN_AVAILABLE", .metadata = {{"subject", "a/1"}}}));
}

TEST(ErrorDetails, NameTheFieldOfARequestThatIsWrong) {
  const ErrorDetails details = DetailsOf(
      {.code = Code::kInvalidArgument, .message = "page_size: is -1", .subject = "page_size"});
  EXPECT_TRUE(details.metadata.empty());
  EXPECT_EQ(details.violation, (ErrorDetails::FieldViolation{.field = "page_size",
                                                             .description = "page_size: is -1"}));
}

TEST(Fail, CarriesWhatProgramsRead) {
  const Result<> failed =
      Fail(Code::kNotFound, "find a: none", {.reason = "NO_SUCH_REPLICA", .subject = "a"});
  EXPECT_EQ(failed.error().reason, "NO_SUCH_REPLICA");
  EXPECT_EQ(failed.error().subject, "a");
}

}  // namespace
}  // namespace fairlead
