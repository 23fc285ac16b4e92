#include "rest/act_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::rest {
namespace {

unsigned StatusFor(const http::Request& request) {
  const ActGuard guard("secret", http::HostGate({"fairlead.example"}));
  const auto refusal = guard.Refuses(request);
  return refusal ? refusal->status : 0;
}

http::Request With(std::vector<http::Field> fields, std::string body = "") {
  return {.method = "POST", .fields = std::move(fields), .body = std::move(body)};
}

TEST(ActGuard, WantsTheTokenAsABearer) {
  EXPECT_EQ(StatusFor(With({{"authorization", "Bearer secret"}})), 0U);
  for (const std::string given : {"", "secret", "Bearer ", "Bearer secre", "Bearer secret ",
                                  "Bearer Secret", "bearer secret", "Basic secret"})
    EXPECT_EQ(StatusFor(With({{"authorization", given}})), 401U) << given;
  EXPECT_EQ(StatusFor(With({{"cookie", "token=secret"}})), 401U);
}

TEST(ActGuard, RefusesPagesOfStrangersEvenWithIt) {
  for (const std::string origin : {"null", "http://evil.example", "https://fairlead.example.evil"})
    EXPECT_EQ(StatusFor(With({{"origin", origin}, {"authorization", "Bearer secret"}})), 403U);
  for (const std::string origin : {"http://localhost:18080", "http://fairlead.example"})
    EXPECT_EQ(StatusFor(With({{"origin", origin}, {"authorization", "Bearer secret"}})), 0U);
}

TEST(ActGuard, TakesNoBodyThatIsNotSaidToBeJson) {
  const http::Field token{"authorization", "Bearer secret"};
  EXPECT_EQ(StatusFor(With({token, {"content-type", "application/json"}}, "{}")), 0U);
  EXPECT_EQ(StatusFor(With({token, {"content-type", "application/json; charset=utf-8"}}, "{}")),
            0U);
  for (const std::string type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"})
    EXPECT_EQ(StatusFor(With({token, {"content-type", type}}, "{}")), 415U) << type;
  EXPECT_EQ(StatusFor(With({token})), 0U);
}

}  // namespace
}  // namespace fairlead::rest
