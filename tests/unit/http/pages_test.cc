#include "http/pages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "http/health_page.h"

namespace fairlead::http {
namespace {

class Echo final : public Handler {
 public:
  std::function<void()> Handle(Request request, Answer answer) override {
    answer({.body = "tree " + request.path});
    return {};
  }
};

Reply Ask(Pages& pages, const std::string& method, const std::string& path,
          const std::string& query = "") {
  Reply out;
  pages.Handle({.method = method, .path = path, .query = query},
               [&](Reply reply) { out = std::move(reply); });
  return out;
}

std::string AllowOf(const Reply& reply) {
  for (const Field& field : reply.fields) {
    if (field.name == "Allow") return field.value;
  }
  return "";
}

TEST(Pages, AnswerExactPathsAndTreesBelowAPrefix) {
  Pages pages;
  Echo echo;
  pages.AddPage("/one", [](const Request&) { return Reply{.body = "1"}; });
  pages.AddTree("/v1/", echo);
  EXPECT_EQ(Ask(pages, "GET", "/one").body, "1");
  EXPECT_EQ(Ask(pages, "GET", "/one").route, "/one");
  EXPECT_EQ(Ask(pages, "POST", "/v1/x:act").body, "tree /v1/x:act");
  EXPECT_EQ(Ask(pages, "GET", "/one/").status, 404U);
  EXPECT_EQ(Ask(pages, "GET", "/v1").status, 404U);
}

TEST(Pages, ThatAreOnlyReadSayWhichMethodsTheyHave) {
  Pages pages;
  pages.AddPage("/one", [](const Request&) { return Reply{.body = "1"}; });
  for (const std::string method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const Reply reply = Ask(pages, method, "/one");
    EXPECT_EQ(reply.status, 405U) << method;
    EXPECT_EQ(AllowOf(reply), "GET, HEAD") << method;
  }
}

TEST(HealthPages, TellLifeReadinessAndServices) {
  Pages pages;
  Readiness now{.is_ready = false, .phase = "stale", .reason = "the engine is away"};
  AddHealthPages(pages, [&] { return now; });
  EXPECT_EQ(Ask(pages, "GET", "/livez").status, 200U);
  const Reply unready = Ask(pages, "GET", "/readyz");
  EXPECT_EQ(unready.status, 503U);
  EXPECT_EQ(nlohmann::json::parse(unready.body).at("reason"), "the engine is away");
  EXPECT_EQ(Ask(pages, "GET", "/healthz").status, 200U);
  EXPECT_EQ(Ask(pages, "GET", "/healthz", "service=fairlead.ready").status, 503U);
  EXPECT_EQ(Ask(pages, "GET", "/healthz", "service=fairlead.admin.v1.Admin").status, 200U);
  EXPECT_EQ(Ask(pages, "GET", "/healthz", "service=other").status, 404U);
  EXPECT_EQ(Ask(pages, "GET", "/healthz", "name=other").status, 400U);
  EXPECT_EQ(Ask(pages, "GET", "/healthz", "service=%00").status, 400U);
  now.is_ready = true;
  EXPECT_EQ(Ask(pages, "GET", "/readyz").status, 200U);
  EXPECT_EQ(Ask(pages, "GET", "/healthz", "service=fairlead.ready").status, 200U);
}

}  // namespace
}  // namespace fairlead::http
