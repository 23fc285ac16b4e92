#include "docker/engine_request.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <vector>

#include "docker/requests.h"

namespace fairlead::docker {
namespace {

using namespace std::chrono_literals;

constexpr ApiVersion kAgreed{1, 41};
const ContainerId kNamed("3f2a");

// "POST /v1.41/..." or the error's code.
std::string LineTextOf(const EngineRequest& request) {
  const auto line = LineOf(request);
  if (!line) return std::string(CodeName(line.error().code));
  return (line->is_post ? "POST " : "GET ") + line->target;
}

TEST(EngineRequest, EachVerbHasItsLine) {
  EXPECT_EQ(LineTextOf({.verb = Verb::kPing}), "GET /_ping");
  EXPECT_EQ(LineTextOf({.verb = Verb::kInfo, .version = kAgreed}), "GET /v1.41/info");
  EXPECT_EQ(LineTextOf({.verb = Verb::kList, .version = kAgreed, .label = 1}),
            "GET " + ListTarget(kAgreed, "autoheal"));
  EXPECT_TRUE(LineTextOf({.verb = Verb::kListRunning, .version = kAgreed})
                  .starts_with("GET /v1.41/containers/json?"));
  EXPECT_EQ(LineTextOf({.verb = Verb::kEvents, .version = kAgreed, .since_ns = 5}),
            "GET " + EventsTarget(kAgreed, 5));
  EXPECT_EQ(LineTextOf({.verb = Verb::kInspect, .version = kAgreed, .id = kNamed}),
            "GET /v1.41/containers/3f2a/json");
  EXPECT_EQ(LineTextOf({.verb = Verb::kLogs, .version = kAgreed, .id = kNamed, .lines_max = 50}),
            "GET /v1.41/containers/3f2a/logs?stdout=1&stderr=1&tail=50");
  EXPECT_EQ(
      LineTextOf({.verb = Verb::kStart, .version = kAgreed, .id = kNamed, .stop_timeout = 5s}),
      "POST /v1.41/containers/3f2a/start");
  EXPECT_EQ(LineTextOf({.verb = Verb::kStop, .version = kAgreed, .id = kNamed, .stop_timeout = 5s}),
            "POST /v1.41/containers/3f2a/stop?t=5");
  EXPECT_EQ(LineTextOf({.verb = Verb::kRestart, .version = kAgreed, .id = kNamed}),
            "POST /v1.41/containers/3f2a/restart");
  EXPECT_EQ(LineTextOf({.verb = Verb::kKill, .version = kAgreed, .id = kNamed, .signal = "SIGHUP"}),
            "POST /v1.41/containers/3f2a/kill?signal=SIGHUP");
}

TEST(EngineRequest, WhatIsOutOfItsRangeHasNone) {
  for (const EngineRequest& request : std::vector<EngineRequest>{
           {.verb = Verb::kInfo},
           {.verb = Verb::kInfo, .version = {1, 39}},
           {.verb = Verb::kInfo, .version = {1, 53}},
           {.verb = Verb::kInfo, .version = {2, 41}},
           {.verb = Verb::kList, .version = kAgreed, .label = std::size(kOptInLabels)},
           {.verb = Verb::kInspect, .version = kAgreed, .id = ContainerId("a/b")},
           {.verb = Verb::kLogs, .version = kAgreed, .id = kNamed, .lines_max = kLogLinesMax + 1},
           {.verb = Verb::kStop, .version = kAgreed, .id = kNamed, .stop_timeout = 25h},
           {.verb = Verb::kRestart, .version = kAgreed, .id = kNamed, .stop_timeout = 25h},
           {.verb = Verb::kKill, .version = kAgreed, .id = kNamed, .signal = "A&B"},
           {.verb = static_cast<Verb>(11), .version = kAgreed, .id = kNamed},
       })
    EXPECT_EQ(LineTextOf(request), "INVALID_ARGUMENT") << DoingOf(request);
}

TEST(EngineRequest, IsNamedWithItsContainerAndNoByteThatCannotBeShown) {
  EXPECT_EQ(DoingOf({.verb = Verb::kStop, .id = kNamed}), "stop container 3f2a");
  EXPECT_EQ(DoingOf({.verb = Verb::kEvents, .id = kNamed}), "watch engine events");
  const std::string doing = DoingOf({.verb = Verb::kStop, .id = ContainerId("\x1b[31m")});
  EXPECT_EQ(doing.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace fairlead::docker
