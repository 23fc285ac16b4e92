// What pages of browsers need of an Envoy's listener: gRPC-web, and origins that are let in.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/read_config.h"

namespace fairlead::config {
namespace {

using Sentences = std::vector<std::string>;

ConfigReading ReadListeners(const std::string& list) {
  return ReadConfig({.file_text = R"({"envoy": {"listeners": )" + list + "}}",
                     .file_path = "/etc/fairlead/config.json"});
}

TEST(EnvoyListeners, SayWhatPagesOfBrowsersNeed) {
  const ConfigReading reading = ReadListeners(
      R"(["0.0.0.0:1",
          {"address": "0.0.0.0:2", "grpc_web": true,
           "cors": ["HTTPS://a.example", "http://127.0.0.1:3000", "https://a.example", "*"]},
          {"address": "0.0.0.0:3", "grpc_web": false, "cors": []}])");
  EXPECT_EQ(reading.diagnostics.size(), 0U);
  ASSERT_EQ(reading.config.envoy_listeners.size(), 3U);
  const EnvoyListener& open = reading.config.envoy_listeners[1];
  EXPECT_TRUE(open.grpc_web);
  EXPECT_EQ(open.cors,
            (std::vector<std::string>{"https://a.example", "http://127.0.0.1:3000", "*"}));
  for (const std::size_t closed : {0U, 2U}) {
    EXPECT_FALSE(reading.config.envoy_listeners[closed].grpc_web);
    EXPECT_TRUE(reading.config.envoy_listeners[closed].cors.empty());
  }
}

// "subject: message; hint" of each problem of one listener with this beside its address.
Sentences ToldOfListener(const std::string& fields) {
  Sentences told;
  for (const auto& d : ReadListeners(R"([{"address": "0.0.0.0:1", )" + fields + "}]").diagnostics) {
    told.push_back(d.subject + ": " + d.message + "; " + d.hint);
  }
  return told;
}

TEST(EnvoyListeners, AreToldWhatIsWrongWithWhatPagesNeed) {
  const std::string hint =
      "; write it as browsers do, scheme, name and a port that is not the usual one, e.g. "
      "https://www.example.com, or *";
  const std::vector<std::string> no_origins = {"\"a.example\"",
                                               "\"null\"",
                                               "\"\"",
                                               "\"https://a.example/\"",
                                               "\"https://a.example:443\"",
                                               "\"https://*.example\"",
                                               "\"https://a.example,https://b.example\""};
  for (const std::string& origin : no_origins) {
    EXPECT_EQ(ToldOfListener("\"cors\": [\"*\", " + origin + "]"),
              (Sentences{"envoy.listeners[0].cors[1]: " + origin + " is not the origin of a page" +
                         hint}));
  }
  EXPECT_EQ(ToldOfListener(R"("cors": "*")"),
            Sentences{"envoy.listeners[0].cors: it is a text, not a list; write "
                      "[\"https://www.example.com\"]"});
  EXPECT_EQ(ToldOfListener(R"("cors": [1])"),
            Sentences{"envoy.listeners[0].cors[0]: it is a number, not a text; put it in quotation "
                      "marks"});
  EXPECT_EQ(ToldOfListener(R"("grpc_web": "yes")"),
            Sentences{"envoy.listeners[0].grpc_web: it is a text, not a boolean; write true or "
                      "false"});
  EXPECT_EQ(ToldOfListener(R"("grpcweb": true)"),
            Sentences{"envoy.listeners[0].grpcweb: no such key; did you mean grpc_web?"});
  std::string many = "\"*\"";
  for (int i = 0; i < 64; ++i) many += ",\"*\"";
  EXPECT_EQ(
      ToldOfListener("\"cors\": [" + many + "]"),
      Sentences{"envoy.listeners[0].cors: 65 elements are more than 64; write a shorter list"});
}

}  // namespace
}  // namespace fairlead::config
