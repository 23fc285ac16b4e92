// AdminServerTest: an admin server on a socket of its own, with a scripted daemon behind it.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "admin/server.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"
#include "integration/admin/fake_control.h"

namespace fairlead::admin {

inline constexpr auto kPatience = std::chrono::seconds(20);

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "fairlead-admin-XXXXXX";
    root_ = mkdtemp(pattern.data());
    socket_ = root_ / "admin" / "admin.sock";
    control_.AddService("shop", "user-service", 3);
    control_.status.phase = fleet::Phase::kServing;
    control_.answers["user-service.shop/2"] = Result<>();
    control_.answers["user-service.shop/3"] =
        Fail(Code::kFailedPrecondition, "restart user-service.shop/3: min-available");
  }
  ~AdminServerTest() override {
    if (server_) server_->Stop({});
    std::filesystem::remove_all(root_);
  }

  Result<> Start(std::vector<std::string> listen) {
    AdminServer::Options options;
    options.listen = std::move(listen);
    options.version = "1.2.3";
    options.loads = loads_;
    options.peers.allow_containers = allow_containers_;
    options.access = access_;
    options.peer_news.refused = [this](const front::Peer& peer, const std::string& why) {
      refused_ += peer.address + ": " + why + "\n";
    };
    options.peer_sources.cgroup = [this](std::int32_t) -> Result<std::string> { return cgroup_; };
    options.peer_sources.container_name = [](const std::string&) { return "ops-console"; };
    options.bootstrap = [](const BootstrapQuestion& question) -> Result<std::string> {
      if (question.transport == BootstrapTransport::kTcp) {
        return Fail(Code::kFailedPrecondition, "discovery has no TCP listener");
      }
      return question.kind == BootstrapKind::kGrpc ? "{\"xds_servers\":[]}"
                                                   : "static_resources: {}";
    };
    server_ = std::make_unique<AdminServer>(std::move(options), control_, log_);
    return server_->Start();
  }
  std::unique_ptr<v1::Admin::Stub> StubTo(const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
    return v1::Admin::NewStub(channel_);
  }
  std::unique_ptr<v1::Admin::Stub> StartOnSocket() {
    const Result<> started = Start({"unix:" + socket_.string()});
    EXPECT_TRUE(started) << started.error().Text();
    return StubTo("unix:" + socket_.string());
  }
  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + kPatience);
    return context;
  }
  grpc::Status RestartOf(v1::Admin::Stub& stub, const std::string& name, v1::ActResult& result) {
    v1::RestartRequest request;
    request.set_name(name);
    return stub.Restart(Context().get(), request, &result);
  }
  // The serving status that grpc.health.v1.Health/Check gives for `service`; -1 for an error.
  // Request and response have one field each, so their bytes are written and read by hand.
  int Health(const std::string& service) {
    grpc::GenericStub stub(channel_);
    std::string bytes;
    if (!service.empty())
      bytes = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    const auto context = Context();
    stub.UnaryCall(context.get(), "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request,
                   &response, [&](grpc::Status status) { done.set_value(status); });
    if (!done.get_future().get().ok()) return -1;
    grpc::Slice answer;
    if (!response.DumpToSingleSlice(&answer).ok() || answer.size() != 2) return 0;
    return answer.begin()[1];
  }

  std::filesystem::path root_;
  std::filesystem::path socket_;
  std::string cgroup_ = "0::/user.slice\n";  // of every peer
  std::set<std::string, std::less<>> allow_containers_;
  access::Policy access_ = access::DefaultPolicy(getuid());
  testing::FakeControl control_;
  LoadSource loads_;
  std::string
      refused_;  // who and why, a line each; written on the server's thread, read after Stop
  telemetry::Logger log_{{}, [](telemetry::Level, std::string_view) {}, [] { return TimePoint(); }};
  std::unique_ptr<AdminServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace fairlead::admin
