// A file sink with real files and real checks; its reader is the test's.
#include "filesink/file_sink.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <vector>

#include "filesink/direct_sink_work.h"

namespace fairlead::filesink {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const ServiceName kUsers{.project = "shop", .service = "users"};

// What the sink told, and what its reader is to answer.
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  controller::FileSinkStatus status;
  std::vector<std::string> written;
  std::map<ServiceName, std::uint64_t> adopted;
  int reloads = 0;
  Result<> reload_outcome;
  bool is_running = true;

  template <class Wanted>
  bool Wait(Wanted wanted) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, wanted);
  }
};

class TestReader final : public FileReader {
 public:
  explicit TestReader(World& world) : world_(world) {}
  Result<ReaderSeen> Look() override {
    std::lock_guard lock(world_.mutex);
    return ReaderSeen{.viewer = {}, .is_running = world_.is_running, .process = 0};
  }
  Result<> Reload() override {
    std::lock_guard lock(world_.mutex);
    ++world_.reloads;
    return world_.reload_outcome;
  }

 private:
  World& world_;
};

class FileSinkTest : public ::testing::Test {
 protected:
  FileSinkTest() : directory_(fs::path(::testing::TempDir()) / "fairlead-file-sink") {
    fs::remove_all(directory_);
    fs::create_directory(directory_);
    settings_.output = (directory_ / "made" / "up.conf").string();
  }
  ~FileSinkTest() override {
    sink_.reset();
    fs::remove_all(directory_);
  }

  void Start() {
    FileSinkLimits limits;
    limits.pacing.distance = 1ms;
    limits.pacing.look = 20ms;
    limits.pacing.retry = {.first = 20ms, .most = 20ms};
    limits.taken_blindly = 1ms;
    const auto locked = [this](auto act) {
      return [this, act](const auto&... arguments) {
        std::lock_guard lock(world_.mutex);
        act(world_, arguments...);
        world_.changed.notify_all();
      };
    };
    work_ = std::make_unique<DirectSinkWork>(std::vector{settings_});
    sink_ = std::make_unique<FileSink>(
        FileSinkOptions{.index = 0, .output = settings_.output, .services = {}}, limits, *work_,
        std::make_unique<TestReader>(world_),
        FileSink::Told{
            .status = locked(
                [](World& world, const controller::FileSinkStatus& now) { world.status = now; }),
            .written = locked([](World& world, const std::string&, const std::string& what) {
              world.written.push_back(what);
            }),
            .trouble = locked([](World&, const std::string&, const std::string&) {}),
            .adopted = locked([](World& world, const std::map<ServiceName, std::uint64_t>& now) {
              world.adopted = now;
            })});
  }
  void Publish(std::uint64_t revision, const std::vector<std::string>& addresses) {
    auto view = std::make_shared<fleet::ServiceView>();
    view->name = kUsers;
    view->revision = revision;
    for (const std::string& ip : addresses) {
      fleet::Endpoint endpoint;
      endpoint.port = 80;
      endpoint.addresses = {{.network = "n", .network_id = "n", .ipv4 = ip, .ipv6 = ""}};
      view->endpoints.push_back(endpoint);
    }
    sink_->Publish({view}, {});
  }
  bool WaitAdopted(std::uint64_t revision) {
    return world_.Wait([&] { return world_.adopted[kUsers] == revision; });
  }
  bool WaitTrouble(const std::string& part) {
    return world_.Wait([&] { return world_.status.trouble.find(part) != std::string::npos; });
  }
  std::string Read(const std::string& path) const {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string Output() const { return Read(settings_.output); }
  void Write(const std::string& path, const std::string& text) const {
    std::ofstream(path) << text;
  }
  // A template without a line of comment: "users.shop 10.0.0.1".
  void UseShortTemplate() {
    settings_.template_file = (directory_ / "template").string();
    Write(settings_.template_file,
          "{{#services}}{{name}}{{#endpoints}} {{ip}}{{/endpoints}}{{/services}}");
  }

  World world_;
  const fs::path directory_;
  SinkSettings settings_;
  std::unique_ptr<DirectSinkWork> work_;
  std::unique_ptr<FileSink> sink_;
};

TEST_F(FileSinkTest, NothingIsWrittenBeforeTheGateOpensAndEverythingAfter) {
  UseShortTemplate();
  Start();
  Publish(1, {"10.0.0.1"});
  EXPECT_FALSE(fs::exists(settings_.output));
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  EXPECT_EQ(Output(), "users.shop 10.0.0.1");
  EXPECT_EQ(world_.reloads, 1);
  EXPECT_EQ(world_.written.back(), "users.shop +10.0.0.1:80");
  struct stat facts{};
  ASSERT_EQ(::stat(settings_.output.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0644U);
  Publish(2, {"10.0.0.1", "10.0.0.2"});
  ASSERT_TRUE(WaitAdopted(2));
  EXPECT_EQ(Output(), "users.shop 10.0.0.1 10.0.0.2");
  EXPECT_EQ(world_.written.back(), "users.shop +10.0.0.2:80");
  Publish(3, {"10.0.0.1", "10.0.0.2"});
  ASSERT_TRUE(WaitAdopted(3));
  EXPECT_EQ(world_.reloads, 2) << "the same text again";
}

TEST_F(FileSinkTest, AFileThatIsRightIsLeftAloneUnlessItsReaderWasNotTold) {
  UseShortTemplate();
  fs::create_directory(directory_ / "made");
  Write(settings_.output, "users.shop 10.0.0.1");
  Start();
  Publish(1, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  EXPECT_EQ(world_.reloads, 0);
  sink_.reset();
  // As an end between the two would leave it.
  Write((directory_ / "made" / ".up.conf.untold").string(), "");
  Start();
  Publish(2, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(2));
  EXPECT_EQ(world_.reloads, 1);
  EXPECT_FALSE(fs::exists(directory_ / "made" / ".up.conf.untold"));
}

TEST_F(FileSinkTest, WhatTheCheckRefusesIsKeptOutAndToldAndTheTemplateCanBeMended) {
  UseShortTemplate();
  settings_.validate = {"/bin/sh", "-c",
                        R"(! grep -q broken "$0" || { echo no good >&2; exit 3; })", "{file}"};
  Start();
  Publish(1, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  Write(settings_.template_file, "broken");
  Publish(2, {"10.0.0.2"});
  ASSERT_TRUE(WaitTrouble("up.conf stays as it was: /bin/sh refuses it, exit code 3: no good"));
  EXPECT_EQ(Output(), "users.shop 10.0.0.1");
  EXPECT_EQ(Read((directory_ / "made" / ".up.conf.refused").string()), "broken");
  EXPECT_EQ(world_.adopted[kUsers], 1U);
  EXPECT_EQ(world_.reloads, 1);
  UseShortTemplate();
  ASSERT_TRUE(WaitAdopted(2));
  EXPECT_EQ(Output(), "users.shop 10.0.0.2");
  EXPECT_TRUE(world_.Wait([&] { return world_.status.trouble.empty(); }));
}

TEST_F(FileSinkTest, WhatTheReaderDoesNotTakeIsTakenBack) {
  UseShortTemplate();
  Start();
  Publish(1, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  {
    std::lock_guard lock(world_.mutex);
    world_.reload_outcome = Fail(Code::kFailedPrecondition, "it does not like it");
  }
  Publish(2, {"10.0.0.2"});
  ASSERT_TRUE(WaitTrouble("up.conf stays as it was: it does not like it"));
  EXPECT_TRUE(world_.Wait([&] { return world_.status.refused >= 2; })) << "it is tried again";
  EXPECT_EQ(world_.adopted[kUsers], 1U);
  {
    std::lock_guard lock(world_.mutex);
    world_.reload_outcome = {};
  }
  ASSERT_TRUE(WaitAdopted(2));
  EXPECT_EQ(Output(), "users.shop 10.0.0.2");
}

TEST_F(FileSinkTest, WhatTheReaderWasNeverToldIsTakenBackToWhatItWasToldLast) {
  UseShortTemplate();
  Start();
  Publish(1, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  const auto outcome = [this](const Result<>& next) {
    std::lock_guard lock(world_.mutex);
    world_.reload_outcome = next;
  };
  outcome(Fail(Code::kUnavailable, "nobody answers"));
  Publish(2, {"10.0.0.2"});
  ASSERT_TRUE(WaitTrouble("nobody answers"));
  EXPECT_EQ(Output(), "users.shop 10.0.0.2") << "it may have been told";
  EXPECT_TRUE(fs::exists(directory_ / "made" / ".up.conf.untold"));
  outcome(Fail(Code::kFailedPrecondition, "it does not like it"));
  ASSERT_TRUE(WaitTrouble("up.conf stays as it was: it does not like it"));
  sink_.reset();
  EXPECT_EQ(Output(), "users.shop 10.0.0.1");
  EXPECT_EQ(Read((directory_ / "made" / ".up.conf.refused").string()), "users.shop 10.0.0.2");
}

TEST_F(FileSinkTest, AReaderThatDoesNotRunFindsTheFileAtItsStart) {
  UseShortTemplate();
  world_.is_running = false;
  Start();
  Publish(1, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  EXPECT_EQ(Output(), "users.shop 10.0.0.1");
  EXPECT_EQ(world_.reloads, 0);
}

TEST_F(FileSinkTest, SomebodysHandInTheFileIsUndone) {
  UseShortTemplate();
  Start();
  Publish(1, {"10.0.0.1"});
  sink_->OpenGate();
  ASSERT_TRUE(WaitAdopted(1));
  Write(settings_.output, "mine");
  EXPECT_TRUE(world_.Wait([&] { return world_.status.written == 2; }));
  EXPECT_EQ(Output(), "users.shop 10.0.0.1");
}

TEST_F(FileSinkTest, ATemplateOfNoUseIsToldWithItsLine) {
  UseShortTemplate();
  Write(settings_.template_file, "\n{{servcies}}");
  Start();
  sink_->OpenGate();
  EXPECT_TRUE(WaitTrouble("template, line 2: {{servcies}} is no tag"));
  EXPECT_FALSE(fs::exists(settings_.output));
}

}  // namespace
}  // namespace fairlead::filesink
