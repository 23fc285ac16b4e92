#include "filesink/page.h"

#include <gtest/gtest.h>

#include <memory>

namespace fairlead::filesink {
namespace {

const xds::Viewer kHost;

fleet::Endpoint Serving(const std::string& ipv4, std::uint16_t port,
                        const std::string& network = "n1") {
  fleet::Endpoint endpoint;
  endpoint.port = port;
  endpoint.addresses = {{.network = network, .network_id = network, .ipv4 = ipv4, .ipv6 = ""}};
  return endpoint;
}

void Add(Views& views, const ServiceName& name, std::vector<fleet::Endpoint> endpoints) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = name;
  view->endpoints = std::move(endpoints);
  views[name] = std::move(view);
}

// "users.shop 10.0.0.1:80*100; ..."
std::string Text(const Page& page) {
  std::string text;
  for (const PageService& service : page.services) {
    text += (text.empty() ? "" : "; ") + service.name.Text();
    for (const PageServer& server : service.servers)
      text += " " + server.Text() + "*" + std::to_string(server.weight);
  }
  return text;
}

TEST(PageOf, HoldsEveryServiceAndWhereItIsReachedFromThere) {
  Views views;
  Add(views, {.project = "shop", .service = "users"},
      {Serving("10.0.0.1", 80, "front"), Serving("10.0.1.2", 80, "back")});
  EXPECT_EQ(Text(PageOf(views, {}, kHost).page), "users.shop 10.0.0.1:80*100 10.0.1.2:80*100");
  EXPECT_EQ(Text(PageOf(views, {}, {.network_ids = {{"back"}}}).page),
            "users.shop 10.0.1.2:80*100");
}

TEST(PageOf, HoldsOnlyThoseWhoTakeTheCallsNow) {
  Views views;
  fleet::Endpoint standby = Serving("10.0.0.3", 80);
  standby.priority = 1;
  const ServiceName name{.project = "shop", .service = "users"};
  Add(views, name, {Serving("10.0.0.1", 80), standby, Serving("10.0.0.2", 80)});
  EXPECT_EQ(Text(PageOf(views, {}, kHost).page), "users.shop 10.0.0.1:80*100 10.0.0.2:80*100");
  Add(views, name, {standby});
  EXPECT_EQ(Text(PageOf(views, {}, kHost).page), "users.shop 10.0.0.3:80*100");
}

TEST(PageOf, KeepsAWantedServiceThatIsNotThere) {
  Views views;
  Add(views, {.project = "shop", .service = "users"}, {Serving("10.0.0.1", 80)});
  const std::vector<ServiceName> wanted = {{.project = "shop", .service = "users"},
                                           {.project = "shop", .service = "carts"}};
  EXPECT_EQ(Text(PageOf(views, wanted, kHost).page), "carts.shop; users.shop 10.0.0.1:80*100");
}

TEST(PageOf, WritesAnIpv6AddressInBrackets) {
  Views views;
  fleet::Endpoint endpoint = Serving("", 80);
  endpoint.addresses[0].ipv6 = "fd00::4";
  Add(views, {.project = "shop", .service = "users"}, {endpoint});
  EXPECT_EQ(Text(PageOf(views, {}, kHost).page), "users.shop [fd00::4]:80*100");
}

TEST(PageOf, LeavesOutWhatCouldBecomeADirective) {
  for (const char* const hostile : {"users;", "a b", "a{", "a}", "a\nb", "$host", "a\"", "a'",
                                    "a\\", "#a", "A", "", "{{name}}", "a/b"}) {
    Views views;
    Add(views, {.project = "shop", .service = hostile}, {Serving("10.0.0.1", 80)});
    Add(views, {.project = hostile, .service = "users"}, {Serving("10.0.0.1", 80)});
    const PageReading reading = PageOf(views, {}, kHost);
    EXPECT_EQ(Text(reading.page), "") << hostile;
    EXPECT_EQ(reading.left_out.size(), 2U) << hostile;
  }
  Views views;
  Add(views, {.project = "shop", .service = "users"},
      {Serving("10.0.0.1; include /etc/passwd", 80), Serving("10.0.0.2", 80)});
  EXPECT_EQ(Text(PageOf(views, {}, kHost).page), "users.shop 10.0.0.2:80*100");
}

TEST(ParseServiceName, TakesAFullNameAndNothingElse) {
  EXPECT_EQ(ParseServiceName("users.shop"),
            std::pair(ServiceName{.project = "shop", .service = "users"}, true));
  for (const char* const text : {"users", "users.", ".shop", "a.b.c", "users.sh op", ""})
    EXPECT_FALSE(ParseServiceName(text).second) << text;
}

TEST(WhatChanged, SaysWhoCameAndWentAndWhoseWeightIsAnother) {
  const ServiceName users{.project = "shop", .service = "users"};
  const ServiceName carts{.project = "shop", .service = "carts"};
  const Page before{{{users, {{"10.0.0.1", 80, 100}, {"10.0.0.2", 80, 100}}}, {carts, {}}}};
  const Page after{{{users, {{"10.0.0.2", 80, 50}, {"10.0.0.3", 80, 100}}}}};
  EXPECT_EQ(WhatChanged(before, after),
            "users.shop 10.0.0.2:80 weight 50 +10.0.0.3:80 -10.0.0.1:80; carts.shop gone");
  EXPECT_EQ(WhatChanged(before, before), "");
  EXPECT_EQ(WhatChanged({}, {{{carts, {}}}}), "carts.shop with nobody");
}

}  // namespace
}  // namespace fairlead::filesink
