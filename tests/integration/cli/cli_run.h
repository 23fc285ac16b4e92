// CliRunTest: the command against a real admin server with a scripted daemon behind it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "admin/server.h"
#include "cli/run.h"
#include "integration/admin/fake_control.h"

namespace fairlead::cli {

struct Outcome {
  int exit = -1;
  std::string out;
  std::string err;
};

class CliRunTest : public ::testing::Test {
 protected:
  CliRunTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "fairlead-cli-XXXXXX";
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
    server_->Stop({});
    std::filesystem::remove_all(root_);
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

  std::filesystem::path root_;
  std::filesystem::path socket_;
  std::string cgroup_ = "0::/user.slice\n";  // of every peer
  std::vector<xds::ClientReport> clients_;
  telemetry::Level level_ = telemetry::Level::kWarning;
  std::string level_actor_;
  testing::FakeControl control_;
  std::vector<std::thread> diagnosing_;
  telemetry::Logger log_{{}, [](telemetry::Level, std::string_view) {}, [] { return TimePoint(); }};
  std::unique_ptr<admin::AdminServer> server_;
};

}  // namespace fairlead::cli
