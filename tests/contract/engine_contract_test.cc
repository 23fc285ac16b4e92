// What docker/engine.h promises, on every shape of the fake engine and on the real ones alike.
//
// Where an engine is not there its cases are skipped by name; under CI=true that is a failure. What
// engines may do differently stands in EngineTraits.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "contract/engines.h"
#include "docker/api_version.h"
#include "docker/engine_request.h"
#include "docker/http_call.h"
#include "docker/http_engine.h"
#include "support/engine_driver.h"

namespace fairlead::docker {
namespace {

using namespace std::chrono_literals;
using test::Labels;
using Json = nlohmann::json;

constexpr Duration kCallDeadline = 20s;  // the stop timeouts below are 1 s; 14 s belong on top

// What is answered counts here, not how soon: Podman asks half a dozen programs for its /info.
EngineLimits PatientLimits() {
  EngineLimits limits;
  for (Duration* deadline :
       {&limits.ping_deadline, &limits.info_deadline, &limits.list_deadline,
        &limits.inspect_deadline, &limits.events_open_deadline, &limits.act_deadline}) {
    *deadline = 25s;
  }
  return limits;
}

class EngineContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (traits_.is_real) {
      subject_ = test::FindReal(traits_);
    } else {
      subject_ = test::MakeFake(driver_.context(), traits_.shape);
    }
    if (!subject_) {
      const char* ci = std::getenv("CI");
      ASSERT_FALSE(ci != nullptr && std::string(ci) == "true") << "no " << traits_.name << " in CI";
      GTEST_SKIP() << "no " << traits_.name << ": needs root and ./dev setup --engines";
    }
    engine_ = *MakeHttpEngine(driver_.context(), subject_->endpoint(), limits_);
    const auto info = driver_.Run(engine_->Hello());
    ASSERT_TRUE(info) << info.error().Text();
    info_ = *info;
  }

  ContainerId Create(const std::string& name, const Labels& labels) {
    return ContainerId(subject_->Create(name, labels));
  }

  ContainerFacts Facts(const ContainerId& id) {
    const auto facts = driver_.Run(engine_->Inspect(id));
    EXPECT_TRUE(facts) << facts.error().Text();
    return facts.value_or(ContainerFacts{});
  }

  // "OK" or the name of the error's code.
  std::string Outcome(asio::awaitable<Result<>> call) {
    const auto done = driver_.Run(std::move(call));
    return std::string(CodeName(done ? Code::kOk : done.error().code));
  }

  const EngineLimits limits_ = PatientLimits();
  const test::EngineTraits traits_ = test::TraitsOf(GetParam());
  test::EngineDriver driver_;
  std::unique_ptr<test::Subject> subject_;
  std::unique_ptr<Engine> engine_;
  EngineInfo info_;
};

TEST_P(EngineContract, HelloAgreesOnAVersionAndTellsTheEnginesClock) {
  EXPECT_GE(info_.api_version, "1.40");
  EXPECT_FALSE(info_.engine_id.empty());
  EXPECT_FALSE(info_.engine_version.empty());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_NEAR(static_cast<double>(info_.system_time_ns),
              static_cast<double>(std::chrono::nanoseconds(now).count()), 60e9);
}

TEST_P(EngineContract, APingIsAnswered) {
  EXPECT_EQ(Outcome(engine_->Ping()), "OK");
}

TEST_P(EngineContract, TheListHoldsEveryOptedInContainerOnceAndNoOther) {
  const ContainerId enabled = Create("aa", {{"fairlead.enable", "true"}});
  const ContainerId healed = Create("bb", {{"autoheal", "true"}});
  const ContainerId both = Create("cc", {{"autoheal", "true"}, {"fairlead.enable", "false"}});
  const ContainerId other = Create("dd", {{"other", "true"}});
  ASSERT_EQ(Outcome(engine_->Start(enabled)), "OK");
  const auto list = driver_.Run(engine_->List());
  ASSERT_TRUE(list) << list.error().Text();
  std::map<ContainerId, ContainerSummary> found;
  for (const ContainerSummary& summary : *list) found[summary.id] = summary;
  EXPECT_EQ(list->size(), found.size());
  EXPECT_TRUE(found.contains(enabled) && found.contains(healed) && found.contains(both));
  EXPECT_FALSE(found.contains(other));
  EXPECT_EQ(found[enabled].status, EngineStatus::kRunning);
  EXPECT_EQ(found[healed].status, EngineStatus::kCreated);
  EXPECT_EQ(found[both].labels.at("fairlead.enable"), "false");
}

TEST_P(EngineContract, AContainerIsFoundByItsNameAlone) {
  const ContainerId id = Create("edge", {});
  const auto name = Facts(id).name;
  const auto found = driver_.Run(engine_->Find(name));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->id, id);
  for (const std::string& other : {id.value, id.value.substr(0, 12), std::string("nobody")}) {
    const auto none = driver_.Run(engine_->Find(other));
    ASSERT_FALSE(none) << other;
    EXPECT_EQ(none.error().code, Code::kNotFound) << other;
  }
}

TEST_P(EngineContract, InspectFollowsTheContainersLife) {
  const ContainerId id = Create("aa", {{"fairlead.enable", "true"}});
  EXPECT_EQ(Facts(id).status, EngineStatus::kCreated);
  EXPECT_EQ(Facts(id).started_at, "0001-01-01T00:00:00Z");
  ASSERT_EQ(Outcome(engine_->Start(id)), "OK");
  const ContainerFacts running = Facts(id);
  EXPECT_EQ(running.id, id);
  EXPECT_EQ(running.status, EngineStatus::kRunning);
  EXPECT_EQ(running.image, traits_.image);
  EXPECT_EQ(running.labels.at("fairlead.enable"), "true");
  EXPECT_GT(running.pid, 0);
  ASSERT_EQ(running.networks.size(), 1u);
  EXPECT_EQ(running.networks[0].network, traits_.network);
  EXPECT_TRUE(running.networks[0].ipv4.starts_with(traits_.is_podman ? "10." : "172.31."));
  ASSERT_EQ(Outcome(engine_->Kill(id, "SIGKILL")), "OK");
  EXPECT_TRUE(driver_.RunUntil([&] { return Facts(id).status == EngineStatus::kExited; }));
  EXPECT_EQ(Facts(id).pid, 0);
}

TEST_P(EngineContract, ARestartBeginsANewGeneration) {
  const ContainerId id = Create("aa", {});
  ASSERT_EQ(Outcome(engine_->Start(id)), "OK");
  const Generation before = Facts(id).generation();
  ASSERT_EQ(Outcome(engine_->Restart(id, 1s, kCallDeadline)), "OK");
  EXPECT_NE(Facts(id).generation(), before);
  EXPECT_EQ(Facts(id).status, EngineStatus::kRunning);
}

TEST_P(EngineContract, WhatIsAlreadySoIsAlreadyExists) {
  const ContainerId id = Create("aa", {});
  // Podman says 500 to a kill of what does not run; fairlead kills nothing.
  EXPECT_EQ(Outcome(engine_->Kill(id, "SIGKILL")),
            traits_.is_podman ? "INTERNAL" : "ALREADY_EXISTS");
  ASSERT_EQ(Outcome(engine_->Start(id)), "OK");
  EXPECT_EQ(Outcome(engine_->Start(id)), "ALREADY_EXISTS");
  ASSERT_EQ(Outcome(engine_->Stop(id, std::nullopt, kCallDeadline)), "OK");
  EXPECT_EQ(Outcome(engine_->Stop(id, 1s, kCallDeadline)), "ALREADY_EXISTS");
}

TEST_P(EngineContract, AnUnknownContainerIsNotFoundInTheEnginesWords) {
  const ContainerId id(std::string(64, 'f'));
  const auto facts = driver_.Run(engine_->Inspect(id));
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::kNotFound);
  const std::string words = traits_.is_podman
                                ? "no container with name or ID \"{0}\" found: no such container"
                                : "No such container: {0}";
  EXPECT_EQ(facts.error().message, fmt::format("inspect container {}: HTTP 404: {}", id.value,
                                               fmt::format(fmt::runtime(words), id.value)));
  EXPECT_EQ(Outcome(engine_->Start(id)), "NOT_FOUND");
  EXPECT_EQ(Outcome(engine_->Stop(id, 1s, kCallDeadline)), "NOT_FOUND");
  EXPECT_EQ(Outcome(engine_->Restart(id, 1s, kCallDeadline)), "NOT_FOUND");
  EXPECT_EQ(Outcome(engine_->Kill(id, "SIGTERM")), "NOT_FOUND");
}

TEST_P(EngineContract, AnIdThatIsNoneIsRefusedBeforeTheEngineIsAsked) {
  EXPECT_EQ(Outcome(engine_->Start(ContainerId("../info"))), "INVALID_ARGUMENT");
}

TEST_P(EngineContract, EventsTellOfStartAndDeathAndAReplaySinceThenTellsThemAgain) {
  const ContainerId id = Create("aa", {{"signal", "forged"}});
  for (const char* round : {"live", "replayed"}) {
    bool is_open = false;
    std::vector<std::string> actions;
    const auto on_event = [&](const EngineEvent& event) {
      if (event.actor_id != id.value) return;
      actions.push_back(event.action);
      EXPECT_GE(event.time_ns, info_.system_time_ns) << round;
    };
    const auto stream =
        driver_.Begin(engine_->Events(info_.system_time_ns, [&] { is_open = true; }, on_event));
    ASSERT_TRUE(driver_.RunUntil([&] { return is_open; })) << round;
    if (std::string(round) == "live") {
      ASSERT_EQ(Outcome(engine_->Start(id)), "OK");
      ASSERT_EQ(Outcome(engine_->Kill(id, "SIGKILL")), "OK");
    }
    const auto told = [&] {
      return std::ranges::count(actions, "start") == 1 &&
             std::ranges::count(actions, "kill") == 1 && std::ranges::count(actions, "die") == 1;
    };
    EXPECT_TRUE(driver_.RunUntil(told)) << round << ": " << actions.size();
    stream->cancel.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(driver_.RunUntil([&] { return stream->is_done; })) << round;
  }
}

TEST_P(EngineContract, AStopTellsTheSignalBeforeTheDeathUnlessItIsPodman) {
  const ContainerId id = Create("aa", {});
  ASSERT_EQ(Outcome(engine_->Start(id)), "OK");
  bool is_open = false;
  std::string actions;
  const auto stream = driver_.Begin(engine_->Events(
      info_.system_time_ns, [&] { is_open = true; },
      [&](const EngineEvent& event) {
        const bool counts =
            event.action == "kill" || event.action == "die" || event.action == "stop";
        if (event.actor_id == id.value && counts) actions += event.action + " ";
      }));
  ASSERT_TRUE(driver_.RunUntil([&] { return is_open; }));
  ASSERT_EQ(Outcome(engine_->Stop(id, 1s, kCallDeadline)), "OK");
  // Engine 29 tells of the stop before the death. A stop of Podman's looks like a death of the
  // process itself: nothing but `die`.
  const auto is_told = [&](const char* action) {
    return actions.find(action) != std::string::npos;
  };
  ASSERT_TRUE(driver_.RunUntil([&] {
    return is_told("die ") && (traits_.is_podman || is_told("stop "));
  })) << actions;
  const bool begins_with_kill = actions.starts_with("kill ");
  EXPECT_EQ(begins_with_kill, !traits_.is_podman) << actions;
  stream->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(driver_.RunUntil([&] { return stream->is_done; }));
}

// The kind of value at each place that fairlead reads, or "absent": "State.Pid number".
std::vector<std::string> Kinds(const Json& json, const std::vector<std::string>& places) {
  std::vector<std::string> kinds;
  for (const std::string& place : places) {
    const Json* at = &json;
    std::size_t from = 0;
    while (at != nullptr && from <= place.size()) {
      const std::size_t dot = std::min(place.find('.', from), place.size());
      const std::string key = place.substr(from, dot - from);
      from = dot + 1;
      if (key == "*" && !at->empty()) {
        at = &at->begin().value();
      } else {
        at = at->is_object() && at->contains(key) ? &(*at)[key] : nullptr;
      }
    }
    kinds.push_back(place + " " + (at == nullptr ? "absent" : at->type_name()));
  }
  return kinds;
}

// Everything that wire.cc and event_decoder.cc look at, and what API 1.52 took away.
const std::vector<std::string> kInspectPlaces = {"Id",
                                                 "Name",
                                                 "Created",
                                                 "RestartCount",
                                                 "State.Status",
                                                 "State.Running",
                                                 "State.Paused",
                                                 "State.Restarting",
                                                 "State.Dead",
                                                 "State.OOMKilled",
                                                 "State.Pid",
                                                 "State.ExitCode",
                                                 "State.StartedAt",
                                                 "State.FinishedAt",
                                                 "State.Health",
                                                 "Config.Image",
                                                 "Config.Labels",
                                                 "Config.StopSignal",
                                                 "Config.StopTimeout",
                                                 "Config.Healthcheck",
                                                 "Config.ExposedPorts",
                                                 "HostConfig.RestartPolicy.Name",
                                                 "HostConfig.RestartPolicy.MaximumRetryCount",
                                                 "HostConfig.AutoRemove",
                                                 "HostConfig.NetworkMode",
                                                 "NetworkSettings.Ports",
                                                 "NetworkSettings.IPAddress",
                                                 "NetworkSettings.Networks.*.NetworkID",
                                                 "NetworkSettings.Networks.*.IPAddress",
                                                 "NetworkSettings.Networks.*.GlobalIPv6Address"};
const std::vector<std::string> kListPlaces = {"Id", "Names", "State", "Labels"};
const std::vector<std::string> kInfoPlaces = {"ID", "ServerVersion", "SystemTime"};
const std::vector<std::string> kEventPlaces = {"Type",
                                               "Action",
                                               "Actor.ID",
                                               "Actor.Attributes.name",
                                               "Actor.Attributes.image",
                                               "Actor.Attributes.other",
                                               "time",
                                               "timeNano",
                                               "status",
                                               "id",
                                               "from"};

class EngineShapes : public EngineContract {
 protected:
  Json Get(const std::string& endpoint, EngineRequest request) {
    request.version = *NegotiateApiVersion(info_.api_version);
    HttpQuestion question{.doing = DoingOf(request),
                          .request = std::move(request),
                          .deadline = kCallDeadline,
                          .body_bytes_max = 4'000'000};
    const auto answer =
        driver_.Run(Ask(driver_.context(), *ParseEndpoint(endpoint), limits_, std::move(question)));
    EXPECT_TRUE(answer) << answer.error().Text();
    return Json::parse(answer ? answer->body : "", nullptr, false);
  }

  // What an engine says about one running container of its own, place by place.
  std::vector<std::string> Recorded(test::Subject& subject) {
    const auto engine = *MakeHttpEngine(driver_.context(), subject.endpoint(), limits_);
    EXPECT_TRUE(driver_.Run(engine->Hello()));
    const ContainerId id(subject.Create("shape", {{"other", "true"}}));
    Json told;
    bool is_open = false;
    const auto stream = driver_.Begin(RawEvents(subject.endpoint(), is_open, id.value, told));
    EXPECT_TRUE(driver_.RunUntil([&] { return is_open; }));
    EXPECT_EQ(Outcome(engine->Start(id)), "OK");
    EXPECT_TRUE(driver_.RunUntil([&] { return !told.is_null(); }));
    stream->cancel.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(driver_.RunUntil([&] { return stream->is_done; }));
    std::vector<std::string> all =
        Kinds(Get(subject.endpoint(), {.verb = Verb::kInspect, .id = id}), kInspectPlaces);
    const Json list = Get(subject.endpoint(), {.verb = Verb::kListRunning});
    const auto entry = std::ranges::find_if(
        list, [&](const Json& one) { return one.value("Id", "") == id.value; });
    for (std::string& kind : Kinds(entry == list.end() ? Json() : *entry, kListPlaces))
      all.push_back("list " + kind);
    for (std::string& kind : Kinds(Get(subject.endpoint(), {.verb = Verb::kInfo}), kInfoPlaces))
      all.push_back("info " + kind);
    for (std::string& kind : Kinds(told, kEventPlaces)) all.push_back("event " + kind);
    return all;
  }

  // Keeps the record of the start of `id`.
  asio::awaitable<Result<>> RawEvents(std::string endpoint, bool& is_open, std::string id,
                                      Json& told) {
    HttpQuestion question{
        .doing = "read events",
        .request = {.verb = Verb::kEvents, .version = *NegotiateApiVersion(info_.api_version)},
        .deadline = kCallDeadline,
        .body_bytes_max = 4'000'000};
    auto on_bytes = [&told, id, text = std::string()](std::string_view bytes) mutable -> Result<> {
      text += bytes;
      for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        const Json record = Json::parse(text.substr(0, end), nullptr, false);
        text.erase(0, end + 1);
        const bool is_start = record.is_object() && record.value("Action", "") == "start" &&
                              record["Actor"].value("ID", "") == id;
        if (is_start) told = record;
      }
      return {};
    };
    auto parsed = *ParseEndpoint(endpoint);
    std::function<void()> on_open = [&is_open] { is_open = true; };
    std::function<Result<>(std::string_view)> on_piece = std::move(on_bytes);
    const auto ended =
        co_await Stream(driver_.context(), std::move(parsed), limits_, std::move(question),
                        std::move(on_open), std::move(on_piece));
    co_return ended;
  }
};

TEST_P(EngineShapes, TheFakeWritesEveryKeyThatWeReadAsThisEngineDoes) {
  const auto fake = test::MakeFake(driver_.context(), traits_.shape);
  EXPECT_EQ(Recorded(*fake), Recorded(*subject_));
}

std::vector<std::string> Names(bool with_fakes) {
  std::vector<std::string> names;
  for (const test::EngineTraits& traits : test::EnginesUnderTest()) {
    if (traits.is_real || with_fakes) names.push_back(traits.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, ::testing::ValuesIn(Names(/*with_fakes=*/true)),
                         [](const auto& instance) { return instance.param; });
INSTANTIATE_TEST_SUITE_P(Engines, EngineShapes, ::testing::ValuesIn(Names(/*with_fakes=*/false)),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace fairlead::docker
