#include "contract/engines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "support/fake_engine.h"

namespace fairlead::test {
namespace {

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

const std::string kSupport = FAIRLEAD_SOURCE_DIR "/tests/support/";

std::string StartCommand(const EngineTraits& traits) {
  const std::string place =
      fmt::format("start {0}-{1} {2}/{1}", FAIRLEAD_ENGINE_NAME, traits.name, FAIRLEAD_ENGINE_DIR);
  if (traits.is_podman) return kSupport + "private-podman " + place;
  if (traits.name != "docker_29") return kSupport + "private-engine " + place;
  // Debian's runc does not know the namespaces that this engine asks for.
  const std::string built = FAIRLEAD_SOURCE_DIR "/.cache/engine29";
  return fmt::format(
      "{0}private-engine {1} --engine {2}/dockerd -- --add-runtime fresh={2}/runc "
      "--default-runtime fresh",
      kSupport, place, built);
}

// "" when there is none.
std::string RealEndpoint(const EngineTraits& traits) {
  static std::map<std::string, std::string> started;
  const auto [found, is_new] = started.try_emplace(traits.name);
  if (is_new) {
    const char* given = std::getenv("FAIRLEAD_TEST_ENGINE");
    found->second = given != nullptr && traits.name == "docker_20_10"
                        ? std::string(given)
                        : Shell(StartCommand(traits)).value_or("");
  }
  return found->second;
}

class FakeSubject final : public Subject {
 public:
  FakeSubject(asio::io_context& context, const std::string& shape)
      : engine_(context,
                fmt::format("{}fairlead-{}-{}.sock", ::testing::TempDir(), shape, ::getpid()),
                ShapeOf(shape)) {}
  std::string endpoint() const override { return engine_.endpoint(); }
  std::string Create(const std::string& name, const Labels& labels) override {
    const std::string id = engine_.host().Create(name, labels);
    FakeContainer& container = engine_.host().At(id);
    container.stop_timeout_s = 1;
    container.exposed = {80};
    if (!engine_.shape().is_podman) return id;
    container.image = "docker.io/library/busybox:latest";
    container.stop_signal = "15";
    container.network_mode = "bridge";
    container.networks = {{.name = "podman", .id = "podman", .ipv4 = "10.88.0.2", .ipv6 = ""}};
    return id;
  }

 private:
  FakeEngine engine_;
};

class RealSubject final : public Subject {
 public:
  explicit RealSubject(std::string endpoint) : endpoint_(std::move(endpoint)) {
    if (Docker("image inspect busybox").value_or("").empty()) MakeImage();
  }
  ~RealSubject() override {
    for (const std::string& id : ids_) Docker("rm -f " + id);
  }
  std::string endpoint() const override { return endpoint_; }
  std::string Create(const std::string& name, const Labels& labels) override {
    std::string command =
        fmt::format("create --stop-timeout 1 --expose 80 --name contract_{}_{}", ::getpid(), name);
    for (const auto& [key, value] : labels) command += fmt::format(" --label {}={}", key, value);
    const auto id = Docker(command + " busybox sleep 600");
    EXPECT_TRUE(id) << "docker " << command;
    ids_.push_back(id.value_or(""));
    return ids_.back();
  }

 private:
  std::optional<std::string> Docker(const std::string& arguments) {
    return Shell(fmt::format("docker -H {} {} 2>/dev/null", endpoint_, arguments));
  }
  void MakeImage() {
    const std::string directory = endpoint_.substr(7, endpoint_.rfind('/') - 7);
    EXPECT_TRUE(Shell(kSupport + "private-engine image " + directory + " busybox"));
  }
  const std::string endpoint_;
  std::vector<std::string> ids_;
};

}  // namespace

const std::vector<EngineTraits>& EnginesUnderTest() {
  static const std::vector<EngineTraits> all = [] {
    std::vector<EngineTraits> engines;
    for (const bool is_real : {false, true}) {
      const std::string prefix = is_real ? "" : "fake_";
      engines.push_back(
          {.name = prefix + "docker_20_10", .shape = "docker-20.10", .is_real = is_real});
      engines.push_back({.name = prefix + "docker_29", .shape = "docker-29", .is_real = is_real});
      engines.push_back({.name = prefix + "podman_4_3",
                         .shape = "podman-4.3",
                         .is_real = is_real,
                         .is_podman = true,
                         .network = "podman",
                         .image = "docker.io/library/busybox:latest"});
    }
    return engines;
  }();
  return all;
}

const EngineTraits& TraitsOf(const std::string& name) {
  return *std::ranges::find(EnginesUnderTest(), name, &EngineTraits::name);
}

std::unique_ptr<Subject> MakeFake(boost::asio::io_context& context, const std::string& shape) {
  return std::make_unique<FakeSubject>(context, shape);
}

std::unique_ptr<Subject> FindReal(const EngineTraits& traits) {
  std::string endpoint = RealEndpoint(traits);
  if (endpoint.empty()) return nullptr;
  return std::make_unique<RealSubject>(std::move(endpoint));
}

}  // namespace fairlead::test
