#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "admin/server.h"
#include "cli/run.h"
#include "integration/admin/fake_control.h"

namespace fairlead::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Outcome {
  int exit = -1;
  std::string out;
  std::string err;
};

class CliRunTest : public ::testing::Test {
 protected:
  CliRunTest() {
    std::string pattern = fs::temp_directory_path() / "fairlead-cli-XXXXXX";
    root_ = mkdtemp(pattern.data());
    socket_ = root_ / "admin" / "admin.sock";
    control_.AddService("shop", "user-service", 3);
    control_.status.phase = fleet::Phase::kServing;
    control_.answers["user-service.shop/2"] = Result<>();
    control_.answers["user-service.shop/3"] =
        Fail(Code::kFailedPrecondition, "evict user-service.shop/3: min-available",
             {.reason = "MIN_AVAILABLE", .subject = "user-service.shop/3"});
    control_.answers["nobody"] = Fail(Code::kNotFound, "restart nobody: no such replica");
    admin::AdminServer::Options options;
    options.listen = {"unix:" + socket_.string(), "127.0.0.1:0"};
    options.version = "1.2.3";
    options.peer_sources.cgroup = [this](std::int32_t) -> Result<std::string> { return cgroup_; };
    options.bootstrap = [](const admin::BootstrapQuestion& question) -> Result<std::string> {
      return std::string(question.kind == admin::BootstrapKind::kGrpc ? "grpc" : "envoy") +
             (question.transport == admin::BootstrapTransport::kTcp ? " tcp" : " unix") +
             question.tls_directory;
    };
    options.clients = [this](const xds::ClientQuery& query) {
      std::vector<xds::ClientReport> found;
      for (const xds::ClientReport& client : clients_) {
        if (client.number > query.after && found.size() < query.clients_max)
          found.push_back(client);
      }
      return found;
    };
    options.diagnoser = [this](admin::DiagnoseQuestion question,
                               std::function<bool(const diagnose::Step&)> tell,
                               std::function<void(Result<>)> done) {
      if (question.client == "busy") return done(Fail(Code::kResourceExhausted, "another one"));
      diagnosing_.push_back(std::thread([this, question, tell, done] {
        tell({.kind = diagnose::StepKind::kNetwork,
              .tried = "compared " + question.client + " and " + question.service,
              .answer = "shop_default",
              .meaning = "reached"});
        if (question.uses_tls) {
          tell({.kind = diagnose::StepKind::kTls,
                .verdict = diagnose::Verdict::kFault,
                .tried = "began TLS for " + question.dialled_name,
                .answer = "ended",
                .meaning = "expired",
                .advice = "renew it"});
          tell(
              {.kind = diagnose::StepKind::kLog,
               .verdict = diagnose::Verdict::kNote,
               .tried = "read its log",
               .answer = "2 lines",
               .meaning = "one is marked",
               .advice = "",
               .log = {{.text = "begins\x1b[2J"},
                       {.text = "rpc error: " + std::string(200, 'x'), .tells_grpc_error = true}}});
        }
        done({});
      }));
    };
    options.settings.in_force = [] {
      return std::vector<config::KeyInForce>{
          {.key = "log.level",
           .setting = {.origin = config::Origin::kFile, .place = "/c.json:3", .value = "warn"}}};
    };
    options.settings.set_level = [this](telemetry::Level level, const std::string& actor) {
      level_actor_ = actor;
      return std::exchange(level_, level);
    };
    server_ = std::make_unique<admin::AdminServer>(std::move(options), control_, log_);
    const Result<> started = server_->Start();
    EXPECT_TRUE(started) << started.error().Text();
  }
  ~CliRunTest() override {
    for (std::thread& thread : diagnosing_) thread.join();
    server_->Stop(0s);
    fs::remove_all(root_);
  }

  Outcome RunAt(const std::string& admin, std::vector<std::string> arguments) const {
    std::ostringstream out;
    std::ostringstream err;
    const Environment environment = {.admin = admin, .version = "1.2.0", .is_terminal = false};
    const int exit = cli::Run(arguments, environment, out, err);
    return {.exit = exit, .out = out.str(), .err = err.str()};
  }
  Outcome RunHere(std::vector<std::string> arguments) const {
    return RunAt("unix:" + socket_.string(), std::move(arguments));
  }

  fs::path root_;
  fs::path socket_;
  std::string cgroup_ = "0::/user.slice\n";  // of every peer
  std::vector<xds::ClientReport> clients_;
  telemetry::Level level_ = telemetry::Level::kWarning;
  std::string level_actor_;
  testing::FakeControl control_;
  std::vector<std::thread> diagnosing_;
  telemetry::Logger log_{{}, [](telemetry::Level, std::string_view) {}, [] { return TimePoint(); }};
  std::unique_ptr<admin::AdminServer> server_;
};

TEST_F(CliRunTest, AContainerThatIsRefusedIsToldWhatToDo) {
  cgroup_ = "0::/docker/" + std::string(64, 'c') + "\n";
  const Outcome refused = RunHere({"status"});
  EXPECT_EQ(refused.exit, kExitUnreachable);
  EXPECT_THAT(refused.err, HasSubstr("admin.allow_containers"));
}

TEST_F(CliRunTest, QuestionsAreAnsweredAsTables) {
  const Outcome status = RunHere({"status"});
  EXPECT_EQ(status.exit, kExitDone) << status.err;
  EXPECT_THAT(status.out, HasSubstr("phase     serving"));
  EXPECT_THAT(status.out, HasSubstr("replicas  3, 3 in rotation"));
  EXPECT_THAT(RunHere({"services"}).out, HasSubstr("user-service.shop  50051  3/3"));
  const Outcome replicas = RunHere({"replicas", "user-service"});
  EXPECT_EQ(replicas.exit, kExitDone) << replicas.err;
  EXPECT_THAT(replicas.out, HasSubstr("user-service.shop/3"));
}

TEST_F(CliRunTest, StatusShowsWhatIsWrongWithLabels) {
  fleet::ContainerDiagnostics container;
  container.id = ContainerId("abc");
  container.container_name = "shop-web-1";
  container.diagnostics.push_back({.severity = spec::Severity::kError,
                                   .code = "label-unknown",
                                   .subject = "fairlead.prot",
                                   .message = "unknown label",
                                   .hint = "did you mean fairlead.port?"});
  control_.diagnostics.push_back(container);
  EXPECT_THAT(RunHere({"status"}).out, HasSubstr("did you mean fairlead.port?"));
}

TEST_F(CliRunTest, AReplicaIsExplainedAsATableAndAsTheApisJson) {
  fleet::Explanation explanation{.service = *control_.services.front()};
  fleet::ReplicaExplanation one;
  one.report = explanation.service.replicas.at(1);
  one.rotation = "user-service.shop/2 is in rotation";
  one.next = {.act = "restart", .state = "idle", .text = "restart after 5 more failures", .at = {}};
  one.holds = {{.code = "min-available", .holds = true, .until = {}, .measured = "1 of 1"}};
  explanation.replicas.push_back(one);
  control_.explanations["user-service.shop/2"] = explanation;
  const Outcome shown = RunHere({"explain", "user-service.shop/2"});
  EXPECT_EQ(shown.exit, kExitDone) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("user-service.shop/2  in for"));
  EXPECT_THAT(shown.out, HasSubstr("min-available  forbids  1 of 1"));
  EXPECT_THAT(RunHere({"explain", "services/user-service.shop/replicas/2"}).out,
              HasSubstr("idle: restart after 5 more failures"));
  const Outcome json = RunHere({"explain", "user-service.shop/2", "--output", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"state\": \"idle\""));
  const Outcome missing = RunHere({"explain", "nobody"});
  EXPECT_EQ(missing.exit, kExitNo);
  EXPECT_THAT(missing.err, HasSubstr("no such replica or service"));
  EXPECT_EQ(RunHere({"explain"}).exit, kExitUsage);
}

TEST_F(CliRunTest, LintReadsFilesAndStandardInputWithoutADaemon) {
  const fs::path file = root_ / "compose.yaml";
  const auto lint = [&](const std::string& text, std::vector<std::string> arguments) {
    std::ofstream(file) << text;
    arguments.insert(arguments.begin(), "lint");
    return RunAt("unix:/nowhere", std::move(arguments));
  };
  const std::string good =
      "services:\n  api:\n    expose: [1]\n    labels: [fairlead.enable=true]\n";
  const Outcome clean = lint(good, {file});
  EXPECT_EQ(clean.exit, kExitDone) << clean.err;
  EXPECT_EQ(clean.out + clean.err, "");
  const std::string warned = good + "    stop_grace_period: 1s\n";
  const Outcome warning = lint(warned, {file});
  EXPECT_EQ(warning.exit, kExitDone);
  EXPECT_THAT(warning.out, HasSubstr(":5:24: warning: stop-grace-short: "));
  EXPECT_EQ(warning.err, "0 errors, 1 warnings\n");
  EXPECT_EQ(lint(warned, {file, "--strict"}).exit, kExitNo);
  const Outcome bad =
      lint("services:\n  api:\n    labels: [fairlead.enable=ture]\n", {file, "--output", "json"});
  EXPECT_THAT(bad.out, HasSubstr("\"code\": \"label-bad-boolean\""));
  EXPECT_THAT(bad.out, HasSubstr("\"line\": 3"));
  for (const std::string& odd : {root_.string(), (root_ / "nothing").string()}) {
    const Outcome refused = lint(good, {odd, file});
    EXPECT_EQ(refused.exit, kExitNo);
    EXPECT_THAT(refused.out, HasSubstr("file-unreadable"));
  }
  std::istringstream in("services:\n  api: {network_mode: none, labels: [fairlead.enable=true]}\n");
  std::ostringstream out;
  std::ostringstream err;
  const Environment environment = {.version = "1.2.0", .in = &in};
  EXPECT_EQ(cli::Run(std::vector<std::string>{"lint", "-"}, environment, out, err), kExitNo);
  EXPECT_THAT(out.str(), HasSubstr("-:2:23: error: network-none: "));
  EXPECT_EQ(RunHere({"lint"}).exit, kExitUsage);
}

TEST_F(CliRunTest, ADiagnosisIsShownStepByStepAndAFaultIsANo) {
  const Outcome fine = RunHere({"diagnose", "web-1", "user-service"});
  EXPECT_EQ(fine.exit, kExitDone) << fine.err;
  EXPECT_THAT(fine.out, HasSubstr("network     fine    compared web-1 and user-service\n"));
  EXPECT_THAT(fine.out, HasSubstr("No fault was found"));
  const Outcome fault = RunHere({"diagnose", "web-1", "user-service", "--tls", "--name", "api"});
  EXPECT_EQ(fault.exit, kExitNo);
  EXPECT_THAT(fault.out, HasSubstr("tls         fault   began TLS for api\n"));
  EXPECT_THAT(fault.out, HasSubstr("to do: renew it\n"));
  EXPECT_THAT(fault.out, HasSubstr("log         note    read its log\n"));
  EXPECT_THAT(fault.out, HasSubstr("| begins"));
  EXPECT_THAT(fault.out, HasSubstr("! rpc error:\n                    xxx"));
  EXPECT_EQ(fault.out.find('\x1b'), std::string::npos);
  std::istringstream lines(fault.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  const Outcome json = RunHere({"diagnose", "web-1", "user-service", "--output", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"verdict\":\"FINE\""));
  EXPECT_EQ(RunHere({"diagnose", "busy", "user-service"}).exit, kExitNo);
  EXPECT_EQ(RunHere({"diagnose", "web-1"}).exit, kExitUsage);
}

TEST_F(CliRunTest, ConfigTellsEachValueAndWhereItComesFrom) {
  const Outcome config = RunHere({"config"});
  EXPECT_EQ(config.exit, kExitDone) << config.err;
  EXPECT_THAT(config.out, HasSubstr("log.level  warn   /c.json:3"));
  EXPECT_THAT(RunHere({"config", "--output=json"}).out,
              HasSubstr("\"origin\": \"CONFIG_ORIGIN_FILE\""));
}

TEST_F(CliRunTest, LogLevelSetsItAndSaysWhatItWas) {
  const Outcome set = RunHere({"log-level", "debug"});
  EXPECT_EQ(set.exit, kExitDone) << set.err;
  EXPECT_THAT(set.out, HasSubstr("debug and worse from now on (before: warn)"));
  EXPECT_EQ(level_, telemetry::Level::kDebug);
  EXPECT_EQ(level_actor_, "uid " + std::to_string(getuid()));
  EXPECT_EQ(RunHere({"log-level", "loud"}).exit, kExitUsage);
}

TEST_F(CliRunTest, CompletionAsksTheDaemonForNamesAndIsSilentWithoutOne) {
  EXPECT_EQ(RunHere({"complete-words", "--", "restart", "user-service.shop/"}).out,
            "words\nuser-service.shop/1\nuser-service.shop/2\nuser-service.shop/3\n");
  EXPECT_EQ(RunHere({"complete-words", "--", "replicas", ""}).out, "words\nuser-service.shop\n");
  EXPECT_EQ(RunHere({"complete-words", "--", "lint", "--strict", "comp"}).out, "files\n");
  const Outcome alone = RunAt("unix:/nowhere", {"complete-words", "--", "restart", ""});
  EXPECT_EQ(alone.out + alone.err, "words\n");
  EXPECT_EQ(alone.exit, kExitDone);
}

TEST_F(CliRunTest, TopTellsOnePictureWhereThereIsNoScreen) {
  const Outcome once = RunHere({"top", "--once"});
  EXPECT_EQ(once.exit, kExitDone) << once.err;
  EXPECT_THAT(once.out, HasSubstr("serving for"));
  EXPECT_THAT(once.out, HasSubstr("user-service.shop/3"));
  EXPECT_EQ(once.out.find('\x1b'), std::string::npos);
  EXPECT_THAT(RunHere({"top", "--once", "--output=json"}).out, HasSubstr("{\"replicas\":["));
}

TEST_F(CliRunTest, JsonIsTheApisOwn) {
  const Outcome services = RunHere({"services", "--output", "json"});
  EXPECT_EQ(services.exit, kExitDone);
  EXPECT_THAT(services.out, HasSubstr("\"name\": \"services/user-service.shop\""));
  EXPECT_THAT(services.out, HasSubstr("\"inRotationCount\": 3"));
  EXPECT_THAT(RunHere({"status", "--output=json"}).out, HasSubstr("\"phase\": \"PHASE_SERVING\""));
}

TEST_F(CliRunTest, ClientsAreListedAndOneIsShownByItsNumberOrItsNode) {
  EXPECT_THAT(RunHere({"clients"}).out, HasSubstr("No clients."));
  for (const std::uint64_t number : {3U, 17U, 18U}) {
    xds::ClientReport client{.number = number, .pid = 4711, .place = xds::ClientPlace{}};
    client.node = {.id = number == 3 ? "web" : "edge", .user_agent = "gRPC C-core linux"};
    client.types.push_back({.resource_type = "endpoints",
                            .name_count = 1,
                            .names = {"user.shop"},
                            .sent = {.version = "v9", .nonce = 4}});
    clients_.push_back(client);
  }
  const Outcome all = RunHere({"clients"});
  EXPECT_EQ(all.exit, kExitDone) << all.err;
  EXPECT_THAT(all.out, HasSubstr("17      gRPC C-core linux  host pid 4711"));
  EXPECT_THAT(RunHere({"clients", "--wide"}).out, HasSubstr("edge"));
  for (const char* one : {"3", "clients/3", "web"}) {
    const Outcome shown = RunHere({"clients", one});
    EXPECT_EQ(shown.exit, kExitDone) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("sent          v9 #4"));
  }
  EXPECT_THAT(RunHere({"clients", "edge"}).out, HasSubstr("\n18 ")) << "two call themselves so";
  EXPECT_THAT(RunHere({"clients", "3", "--output=json"}).out, HasSubstr("\"nodeId\": \"web\""));
  EXPECT_THAT(RunHere({"clients", "--output=json"}).out, HasSubstr("\"name\": \"clients/18\""));
  for (const char* nobody : {"4", "nobody"}) {
    const Outcome gone = RunHere({"clients", nobody});
    EXPECT_EQ(gone.exit, kExitNo);
    EXPECT_THAT(gone.err, HasSubstr("`fairlead clients --wide` lists what there is"));
  }
}

TEST_F(CliRunTest, MoreThanOnePageIsGathered) {
  control_.AddService("shop", "big", 1500);
  const Outcome replicas = RunHere({"replicas", "big"});
  EXPECT_EQ(replicas.exit, kExitDone);
  EXPECT_EQ(std::count(replicas.out.begin(), replicas.out.end(), '\n'), 1501);
}

TEST_F(CliRunTest, AnActThatIsDoneSaysWhatIsTrueNow) {
  const Outcome restart = RunHere({"restart", "user-service.shop/2", "--reason", "new config"});
  EXPECT_EQ(restart.exit, kExitDone) << restart.err;
  EXPECT_THAT(restart.out,
              HasSubstr("user-service.shop/2 was restarted and is back in rotation (took "));
  ASSERT_EQ(control_.commands().size(), 1U);
  EXPECT_EQ(control_.commands()[0].reason, "new config");
  for (const char* verb : {"drain", "undrain", "evict"}) {
    EXPECT_EQ(RunHere({verb, "user-service.shop/2"}).exit, kExitDone) << verb;
  }
  EXPECT_EQ(control_.commands()[3].verb, fleet::OperatorVerb::kEvict);
}

TEST_F(CliRunTest, APauseIsAboutTheScopeThatWasTyped) {
  control_.answers[""] = {};
  control_.answers["shop"] = {};
  control_.answers["user-service.shop"] = {};
  struct Case {
    std::vector<std::string> arguments;
    fleet::PauseScope scope;
    std::string target;
    std::string shown;
  };
  const std::vector<Case> cases = {
      {{}, fleet::PauseScope::kHost, "", "this host"},
      {{"--project", "shop"}, fleet::PauseScope::kProject, "shop", "project shop"},
      {{"--service", "user-service.shop"},
       fleet::PauseScope::kService,
       "user-service.shop",
       "service user-service.shop"},
      {{"user-service.shop/2"},
       fleet::PauseScope::kReplica,
       "user-service.shop/2",
       "user-service.shop/2"}};
  for (const auto& [word, verb, outcome] :
       {std::tuple("pause", fleet::OperatorVerb::kPause, " are paused until they are resumed"),
        std::tuple("resume", fleet::OperatorVerb::kResume, " are resumed;")}) {
    for (const Case& one : cases) {
      std::vector<std::string> arguments = {word, "--reason", "rollout"};
      arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
      const Outcome done = RunHere(arguments);
      EXPECT_EQ(done.exit, kExitDone) << done.err;
      EXPECT_THAT(done.out, HasSubstr("repairs of " + one.shown + outcome));
      const fleet::OperatorCommand command = control_.commands().back();
      EXPECT_EQ(command.verb, verb);
      EXPECT_EQ(command.scope, one.scope);
      EXPECT_EQ(command.replica, one.target);
      EXPECT_EQ(command.reason, "rollout");
    }
  }
}

TEST_F(CliRunTest, ARefusedActExitsWithOneAndSaysWhatToDo) {
  const Outcome refused = RunHere({"evict", "user-service.shop/3"});
  EXPECT_EQ(refused.exit, kExitNo);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("min-available [MIN_AVAILABLE]\n"));
  EXPECT_THAT(refused.err, HasSubstr("--force with --reason"));
  const Outcome unknown = RunHere({"restart", "nobody"});
  EXPECT_EQ(unknown.exit, kExitNo);
  EXPECT_THAT(unknown.err, HasSubstr("`fairlead replicas` lists what there is"));
}

TEST_F(CliRunTest, AnActThatTakesTooLongSaysThatItGoesOn) {
  const Outcome late = RunHere({"restart", "user-service.shop/1", "--timeout", "100ms"});
  EXPECT_EQ(late.exit, kExitNo);
  EXPECT_THAT(late.err, HasSubstr("the daemon goes on with it"));
}

TEST_F(CliRunTest, EventsAreListedOldestFirst) {
  control_.Record("long-ago", runtime::ToWall(runtime::Now() - 2h));
  control_.Record("first");
  control_.Record("second");
  const Outcome events = RunHere({"events"});
  EXPECT_EQ(events.exit, kExitDone) << events.err;
  EXPECT_EQ(events.out.find("long-ago"), std::string::npos);
  EXPECT_LT(events.out.find("first"), events.out.find("second"));
  EXPECT_THAT(RunHere({"events", "--since", "3h"}).out, HasSubstr("long-ago"));
  EXPECT_THAT(RunHere({"events", "--output", "json"}).out, HasSubstr("\"code\":\"first\""));
}

TEST_F(CliRunTest, FollowedEventsGoOnUntilTheDaemonEnds) {
  control_.Record("before");
  std::thread daemon([&] {
    control_.Record("after");
    server_->Stop(0s);
  });
  const Outcome events = RunHere({"events", "--follow"});
  daemon.join();
  EXPECT_NE(events.exit, kExitDone);
  EXPECT_NE(events.err, "");
}

TEST_F(CliRunTest, BootstrapPrintsTheDaemonsTextAndNothingElse) {
  EXPECT_EQ(RunHere({"bootstrap", "envoy", "--tcp"}).out, "envoy tcp\n");
  EXPECT_EQ(RunHere({"bootstrap", "grpc", "--tls-dir", "/certs"}).out, "grpc unix/certs\n");
}

TEST_F(CliRunTest, DashboardPrintsTheAddressWithTheTokenOrWhatIsInTheWay) {
  const std::string token(64, 'a');
  const fs::path file = root_ / "http.token";
  std::ofstream(file) << token << "\n";
  control_.status.http_token_path = file;
  control_.status.http_addresses = {"unix:/run/fairlead/http.sock", "127.0.0.1:18080"};
  EXPECT_EQ(RunHere({"dashboard"}).out, "http://127.0.0.1:18080/#token=" + token + "\n");
  EXPECT_THAT(RunHere({"dashboard", "--output", "json"}).out, HasSubstr("\"url\""));
  control_.status.http_addresses = {"0.0.0.0:18080"};
  EXPECT_THAT(RunHere({"dashboard"}).out, HasSubstr("http://127.0.0.1:18080/#token="));
  control_.status.http_addresses = {"[::1]:18080"};
  EXPECT_THAT(RunHere({"dashboard"}).out, HasSubstr("http://[::1]:18080/#token="));
  control_.status.http_addresses = {"https://127.0.0.1:18080"};
  EXPECT_EQ(RunHere({"dashboard"}).out, "https://127.0.0.1:18080/#token=" + token + "\n");

  const auto refused = [&](const std::string& text) {
    const Outcome outcome = RunHere({"dashboard"});
    EXPECT_EQ(outcome.exit, kExitNo);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  control_.status.http_addresses = {"unix:/run/fairlead/http.sock"};
  refused("add 127.0.0.1:18080 to http.listen");
  control_.status.http_addresses = {};
  refused("set http.listen");
  control_.status.http_addresses = {"127.0.0.1:18080"};
  std::ofstream(file) << "no token\n";
  refused("it holds none");
  fs::remove(file);
  refused("run it as root on the daemon's host");
}

TEST_F(CliRunTest, HelpGoesToOutAndUsageErrorsToErr) {
  const Outcome help = RunAt("", {"--help"});
  EXPECT_EQ(help.exit, kExitDone);
  EXPECT_THAT(help.out, HasSubstr("Usage: fairlead VERB"));
  EXPECT_EQ(help.err, "");
  const Outcome usage = RunAt("", {"restrat"});
  EXPECT_EQ(usage.exit, kExitUsage);
  EXPECT_EQ(usage.out, "");
  EXPECT_THAT(usage.err, HasSubstr("did you mean \"restart\"?"));
}

TEST_F(CliRunTest, NoDaemonExitsWithThreeAndSaysWhatToDo) {
  const Outcome absent = RunAt("unix:" + (root_ / "none.sock").string(), {"status"});
  EXPECT_EQ(absent.exit, kExitUnreachable);
  EXPECT_EQ(absent.out, "");
  EXPECT_THAT(absent.err, HasSubstr("is fairleadd running on this host?"));

  const fs::path dead = root_ / "dead.sock";
  const int left = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  dead.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(left, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(left);
  const Outcome refused = RunAt("unix:" + dead.string(), {"restart", "a.b/1"});
  EXPECT_EQ(refused.exit, kExitUnreachable);
  EXPECT_THAT(refused.err, HasSubstr("nobody serves it: start fairleadd"));
}

TEST_F(CliRunTest, TheAdminOptionWinsOverTheEnvironment) {
  EXPECT_EQ(RunAt("unix:/nowhere", {"services", "--admin", "unix:" + socket_.string()}).exit,
            kExitDone);
  EXPECT_EQ(RunAt("unix:/nowhere", {"services", "--admin", server_->addresses()[1]}).exit,
            kExitDone);
  EXPECT_EQ(RunAt(socket_.string(), {"services"}).exit, kExitUsage) << "unix: is missing";
}

TEST_F(CliRunTest, TheVersionNeedsNoDaemon) {
  EXPECT_EQ(RunHere({"version"}).out, "fairlead 1.2.0\nfairleadd 1.2.3\n");
  const Outcome alone = RunAt("unix:/nowhere", {"version"});
  EXPECT_EQ(alone.exit, kExitDone);
  EXPECT_EQ(alone.out, "fairlead 1.2.0\nfairleadd not reachable at unix:/nowhere\n");
  EXPECT_THAT(RunHere({"version", "--output", "json"}).out, HasSubstr("\"daemon\": \"1.2.3\""));
}

}  // namespace
}  // namespace fairlead::cli
