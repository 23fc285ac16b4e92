// AdminByTls: an admin API whose TCP addresses take certificates of an authority made for one test.
#pragma once

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/decision.h"
#include "admin/server.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"
#include "integration/admin/fake_control.h"
#include "support/certificates.h"
#include "telemetry/log.h"

namespace fairlead::admin::testing {

using fairlead::testing::FakeControl;

class AdminByTls : public ::testing::Test {
 protected:
  AdminByTls() {
    std::string pattern = std::filesystem::temp_directory_path() / "fairlead-admin-tls-XXXXXX";
    root_ = mkdtemp(pattern.data());
    socket_ = root_ / "admin" / "admin.sock";
    control_.AddService("shop", "user-service", 3);
    control_.answers["user-service.shop/2"] = Result<>();
    Write("ca", authority_.cert);
    WritePair(authority_);
  }
  ~AdminByTls() override {
    if (server_) server_->Stop(Duration::zero());
    std::filesystem::remove_all(root_);
  }

  void Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path fresh = root_ / (name + ".new");
    std::ofstream(fresh) << text;
    std::filesystem::permissions(
        fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::rename(fresh, root_ / name);
  }
  void WritePair(const test::KeyPair& authority) const {
    const test::KeyPair pair = test::Issue(authority, {.alternative = "DNS:fairlead.corp"});
    Write("cert", pair.cert);
    Write("key", pair.key);
  }
  // Clients have to show a certificate of our authority.
  Result<> Start(std::vector<std::string> listen,
                 tls::ClientAuth client_auth = tls::ClientAuth::kRequire) {
    server_ = std::make_unique<AdminServer>(
        AdminServer::Options{
            .listen = std::move(listen),
            .peer_sources = {.cgroup = [](std::int32_t) -> Result<std::string> {
              return "0::/user.slice\n";
            }},
            .access = access_,
            .access_refused =
                [this](const access::Refusal& refusal) {
                  const std::lock_guard lock(mutex_);
                  refusals_.push_back(refusal);
                },
            .tls = AdminServer::Tls{.profile = {.name = "ops",
                                                .cert = root_ / "cert",
                                                .key = root_ / "key",
                                                .ca = root_ / "ca",
                                                .client_auth = client_auth}},
            .peer_news = {.refused = [this](const front::Peer&,
                                            const std::string& why) { refused_.set_value(why); }}},
        control_, log_);
    return server_->Start();
  }
  std::unique_ptr<v1::Admin::Stub> Stub(const std::string& target,
                                        const std::shared_ptr<grpc::ChannelCredentials>& with) {
    return v1::Admin::NewStub(Channel(target, with));
  }
  static std::shared_ptr<grpc::Channel> Channel(
      const std::string& target, const std::shared_ptr<grpc::ChannelCredentials>& with) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetSslTargetNameOverride("fairlead.corp");
    return grpc::CreateCustomChannel(target, with, arguments);
  }
  static std::shared_ptr<grpc::ChannelCredentials> Shown(const test::KeyPair& ours,
                                                         const test::KeyPair& believes) {
    return grpc::SslCredentials({.pem_root_certs = believes.cert,
                                 .pem_private_key = ours.key,
                                 .pem_cert_chain = ours.cert});
  }
  std::unique_ptr<v1::Admin::Stub> StubByTls(const test::KeyPair& ours,
                                             const test::KeyPair& believes) {
    return Stub(server_->addresses()[0], Shown(ours, believes));
  }
  static access::Rule RuleOf(std::string_view text) {
    const auto rule = access::ParseRule(text);
    EXPECT_TRUE(rule) << text;
    return rule.value_or(access::Rule{});
  }
  std::vector<access::Refusal> refusals() {
    const std::lock_guard lock(mutex_);
    return refusals_;
  }
  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return context;
  }
  static grpc::Status Ask(v1::Admin::Stub& stub) {
    v1::Status told;
    return stub.GetStatus(Context().get(), {}, &told);
  }

  std::filesystem::path root_;
  std::filesystem::path socket_;
  FakeControl control_;
  telemetry::Logger log_{{}, [](telemetry::Level, std::string_view) {}, [] { return TimePoint(); }};
  const test::KeyPair authority_ = test::MakeAuthority("ops root");
  const test::KeyPair console_ = test::Issue(authority_, {.alternative = "DNS:console.corp"});
  access::Policy access_ = {.viewers = {RuleOf("loopback")},
                            .operators = {RuleOf("DNS:console.corp")},
                            .admins = {RuleOf("self")},
                            .own_uid = getuid()};
  std::promise<std::string> refused_;
  std::mutex mutex_;
  std::vector<access::Refusal> refusals_;  // of calls; under the lock
  std::unique_ptr<AdminServer> server_;
};

}  // namespace fairlead::admin::testing
