#include "cli/run.h"

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

#include "integration/cli/cli_run.h"

namespace fairlead::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

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
