// A gateway on its listener, with the services that a test publishes.
#pragma once

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/h2_front.h"
#include "gateway/reflector.h"
#include "gateway/replica_channel.h"
#include "gateway/replica_peer.h"
#include "h2/server.h"
#include "h2/transport.h"
#include "http/server.h"
#include "integration/gateway/http_exchange.h"
#include "runtime/io_thread.h"
#include "runtime/loop_thread.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {

inline constexpr auto kPatience = std::chrono::seconds(20);
inline constexpr auto kBodyTimeMax = std::chrono::seconds(3);
inline const ReplicaPool::Options kPoolOptions = {.waiting_max = 16,
                                                  .message_bytes_max = 4 * 1024 * 1024};
inline const ServiceName kName = {.project = "shop", .service = "greeter"};

// Polls until `is` says yes; false after a time that no machine needs.
template <class Is>
bool Comes(Is is) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!is()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class GatewayCalls : public ::testing::Test {
 protected:
  GatewayCalls() {
    Gateway::Options options;
    options.calls.reflection_backoff = std::chrono::milliseconds(20);
    options.descriptor_paths = {{"greeter", mounted_}};
    options.told.trouble = [this](const std::string& replica, const std::string& text) {
      troubles_.push_back(replica + ": " + text);
    };
    options.told.tls = [this](const std::string& replica, const ReplicaPeer::TlsNews& news) {
      tls_troubles_.push_back(replica + ": " + news.trouble);
    };
    options.tls_transports = [this](const ReplicaTls& tls) { return tls_transports_(tls); };
    options.told.adopted = [this](const ServiceName&, std::uint64_t revision) {
      adopted_ = revision;
    };
    gateway_ = std::make_unique<Gateway>(loop_.context(), std::move(options));
    http2_loop_.RunAndWait([this] {
      front_ = std::make_unique<H2Front>(http2_loop_.loop(), loop_.context(), *gateway_, told_,
                                         kBodyTimeMax);
      http2_ = std::make_unique<h2::Server>(http2_loop_.loop(), GatewayH2Limits(), *front_);
    });
    loop_.RunAndWait([this] {
      server_ = std::make_unique<http::Server>(
          loop_.context(),
          http::Server::Options{
              .takes_all_hosts = true,
              .limits = GatewayHttpLimits(),
              .http2 = [this](int descriptor, const http::Peer&,
                              std::string read) { Adopt(descriptor, std::move(read)); }},
          *gateway_);
      port_ = *server_->ListenTcp("127.0.0.1", 0);
    });
  }
  ~GatewayCalls() override {
    CallCount calls = gateway_->calls();
    loop_.RunAndWait([this] { server_.reset(); });
    http2_loop_.RunAndWait([this] { http2_.reset(); });
    loop_.RunAndWait([this] { gateway_.reset(); });
    EXPECT_TRUE(calls.WaitForNone(kPatience));
    http2_loop_.Stop();
    loop_.Stop();
    std::filesystem::remove(mounted_);
  }

  struct Replica {
    std::string id;
    std::uint16_t port = 0;
    std::optional<ReplicaTls> tls = {};
  };
  void Publish(const std::vector<Replica>& replicas, const ServiceName& name = kName) {
    ServiceNow now{.name = name, .revision = ++revision_, .traffic = traffic_};
    now.traffic.gateway.is_on = true;
    for (const Replica& replica : replicas) {
      now.replicas.push_back({.generation = {.id = ContainerId(replica.id), .started_at = "1"},
                              .name = name.Text() + "/" + replica.id,
                              .address = {"127.0.0.1", replica.port, replica.tls}});
    }
    gateway_->Publish({std::move(now)}, {});
  }

  // What gateway.descriptors calls "greeter".
  void Mount(const std::string& text) const {
    google::protobuf::FileDescriptorSet set;
    *set.add_file() = FileOf("hello.proto", text);
    std::ofstream(mounted_ + ".new", std::ios::binary) << set.SerializeAsString();
    std::filesystem::rename(mounted_ + ".new", mounted_);
  }

  std::uint64_t Adopted() {
    std::uint64_t adopted = 0;
    loop_.RunAndWait([&] { adopted = adopted_; });
    return adopted;
  }

  // What the server there says of itself by reflection, under that name.
  Result<std::shared_ptr<const DescriptorSet>> Described(const std::vector<Address>& there,
                                                         Duration time_max,
                                                         const ServiceName& name = kName) {
    std::promise<Result<std::shared_ptr<const DescriptorSet>>> told;
    CallCount calls;
    std::shared_ptr<ReplicaChannel> channel;
    loop_.RunAndWait([&] {
      ReplicaPool::Options options = kPoolOptions;
      options.tls_transports = tls_transports_;
      channel = std::make_shared<ReplicaPool>(loop_.context(), options)->Open(name, {}, there);
      Reflect(channel, {.descriptors = {}, .time_max = time_max}, calls.Begin(),
              [&](const auto& described) { told.set_value(described); });
    });
    auto described = told.get_future().get();
    loop_.RunAndWait([&] { channel.reset(); });
    EXPECT_TRUE(calls.WaitForNone(kPatience));
    return described;
  }

  HttpAnswer Ask(HttpExchange::Request request) { return Exchange(port_, request); }
  HttpAnswer Get(const std::string& target, const std::string& fields = "") {
    return Ask({.line = "GET " + target, .fields = fields});
  }
  static int CodeOf(const HttpAnswer& answer) {
    const auto status = nlohmann::json::parse(answer.body, nullptr, false);
    return status.is_object() && status.contains("code") ? status["code"].get<int>() : -1;
  }

  const std::string mounted_ = ::testing::TempDir() + "greeter." + std::to_string(::getpid());
  runtime::IoThread loop_{"fl-test"};
  runtime::LoopThread http2_loop_{"fl-test-h2"};
  H2Front::Told told_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<H2Front> front_;
  std::unique_ptr<h2::Server> http2_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
  spec::TrafficSpec traffic_;
  std::uint64_t revision_ = 0;
  // The loop's.
  std::uint64_t adopted_ = 0;
  std::vector<std::string> troubles_;
  std::vector<std::string> tls_troubles_;
  std::function<h2::TransportMaker(const ReplicaTls& tls)> tls_transports_;

 private:
  void Adopt(int descriptor, std::string read) {
    http2_loop_.Post([this, descriptor, read = std::move(read)] {
      http2_->Adopt(descriptor, {.address = "127.0.0.1", .port = 1},
                    std::as_bytes(std::span(read)));
    });
  }
};

}  // namespace fairlead::gateway
