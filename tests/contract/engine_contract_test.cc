// What docker/engine.h promises, on the fake engine and on a real one alike.
//
// The real one is FAIRLEAD_TEST_ENGINE=unix:///..., or a private engine started here by
// tests/support/private-engine. Without root or docker.io its cases are skipped by name; under
// CI=true that is a failure.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "docker/http_engine.h"
#include "support/engine_driver.h"
#include "support/fake_engine.h"

namespace fairlead::docker {
namespace {

using namespace std::chrono_literals;
using Labels = std::map<std::string, std::string>;

constexpr Duration kCallDeadline = 20s;  // the stop timeouts below are 1 s; 14 s belong on top

// Runs a shell command; its output without the last newline, nothing when it fails.
std::optional<std::string> Shell(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string output;
  char buffer[4096];
  while (const std::size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe)) {
    output.append(buffer, bytes);
  }
  if (::pclose(pipe) != 0) return std::nullopt;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

// The real engine's endpoint, started once per program; "" when there is none.
const std::string& RealEndpoint() {
  static const std::string endpoint = [] {
    if (const char* given = std::getenv("FAIRLEAD_TEST_ENGINE")) return std::string(given);
    const std::string script = FAIRLEAD_SOURCE_DIR "/tests/support/private-engine";
    const auto socket = Shell(script + " start " FAIRLEAD_ENGINE_NAME " " FAIRLEAD_ENGINE_DIR);
    return socket.value_or("");
  }();
  return endpoint;
}

class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::string endpoint() const = 0;
  // A container that runs until it is killed, in state created.
  virtual std::string Create(const std::string& name, const Labels& labels) = 0;
};

class FakeSubject final : public Subject {
 public:
  explicit FakeSubject(asio::io_context& context)
      : engine_(context,
                fmt::format("{}fairlead-contract-{}.sock", ::testing::TempDir(), ::getpid())) {}
  std::string endpoint() const override { return engine_.endpoint(); }
  std::string Create(const std::string& name, const Labels& labels) override {
    return engine_.Add(name, labels);
  }

 private:
  test::FakeEngine engine_;
};

class RealSubject final : public Subject {
 public:
  ~RealSubject() override {
    for (const std::string& id : ids_) Docker("rm -f " + id);
  }
  std::string endpoint() const override { return RealEndpoint(); }
  std::string Create(const std::string& name, const Labels& labels) override {
    if (Docker("image inspect busybox").value_or("").empty()) MakeImage();
    std::string command =
        fmt::format("create --stop-timeout 1 --name contract_{}_{}", ::getpid(), name);
    for (const auto& [key, value] : labels) command += fmt::format(" --label {}={}", key, value);
    const auto id = Docker(command + " busybox sleep 600");
    EXPECT_TRUE(id) << "docker " << command;
    ids_.push_back(id.value_or(""));
    return ids_.back();
  }

 private:
  std::optional<std::string> Docker(const std::string& arguments) {
    return Shell(fmt::format("docker -H {} {} 2>/dev/null", endpoint(), arguments));
  }
  void MakeImage() {
    const std::string directory = endpoint().substr(7, endpoint().rfind('/') - 7);
    EXPECT_TRUE(
        Shell(FAIRLEAD_SOURCE_DIR "/tests/support/private-engine image " + directory + " busybox"));
  }
  std::vector<std::string> ids_;
};

class EngineContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "real" && RealEndpoint().empty()) {
      const char* ci = std::getenv("CI");
      ASSERT_FALSE(ci != nullptr && std::string(ci) == "true") << "no private engine under CI";
      GTEST_SKIP() << "no engine: needs root, docker.io and iptables, or FAIRLEAD_TEST_ENGINE";
    }
    if (GetParam() == "real") {
      subject_ = std::make_unique<RealSubject>();
    } else {
      subject_ = std::make_unique<FakeSubject>(driver_.context());
    }
    engine_ = *MakeHttpEngine(driver_.context(), subject_->endpoint());
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

  test::EngineDriver driver_;
  std::unique_ptr<Subject> subject_;
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

TEST_P(EngineContract, InspectFollowsTheContainersLife) {
  const ContainerId id = Create("aa", {{"fairlead.enable", "true"}});
  EXPECT_EQ(Facts(id).status, EngineStatus::kCreated);
  EXPECT_EQ(Facts(id).started_at, "0001-01-01T00:00:00Z");
  ASSERT_EQ(Outcome(engine_->Start(id)), "OK");
  const ContainerFacts running = Facts(id);
  EXPECT_EQ(running.id, id);
  EXPECT_EQ(running.status, EngineStatus::kRunning);
  EXPECT_EQ(running.image, "busybox");
  EXPECT_EQ(running.labels.at("fairlead.enable"), "true");
  EXPECT_GT(running.pid, 0);
  ASSERT_EQ(running.networks.size(), 1u);
  EXPECT_EQ(running.networks[0].network, "bridge");
  EXPECT_TRUE(running.networks[0].ipv4.starts_with("172.31."));
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
  EXPECT_EQ(Outcome(engine_->Kill(id, "SIGKILL")), "ALREADY_EXISTS");
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
  EXPECT_EQ(facts.error().message,
            fmt::format("inspect container {0}: HTTP 404: No such container: {0}", id.value));
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

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract, ::testing::Values("fake", "real"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace fairlead::docker
