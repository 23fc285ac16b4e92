// DiscoveryFixture: a discovery server on its own loop, and what it told others.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "integration/xds/greeter.h"
#include "runtime/loop_thread.h"
#include "xds/server.h"

namespace fairlead::xds::testing {

class DiscoveryFixture : public ::testing::Test, private AdoptionSink, private DiscoveryObserver {
 protected:
  DiscoveryFixture();
  ~DiscoveryFixture() override;
  // No stock client may ever refuse what we send.
  void TearDown() override;

  // Starts the server on the socket and the port of this test; the same ones after Stop().
  void Start(DiscoveryOptions options = {}, bool opens_gate = true);
  void Stop();
  void OpenGate() { server_->OpenGate(); }

  // Publishes user.shop with these backends under the next revision, which it returns. Those that
  // stand by have priority 1.
  std::uint64_t Publish(const std::vector<const Greeter*>& backends, spec::TrafficSpec traffic = {},
                        const std::vector<const Greeter*>& standbys = {});
  // Any view, under the next revision, which it returns.
  std::uint64_t PublishView(fleet::ServiceView view);
  void Drop();

  // With `tls_directory` as in BootstrapNode.
  std::string UnixBootstrap(const std::string& tls_directory = {}) const;
  std::string TcpBootstrap() const;
  std::string socket_path() const { return directory_ / "xds" / "xds.sock"; }
  const std::filesystem::path& directory() const { return directory_; }
  std::uint16_t tcp_port() const { return tcp_port_; }

  // True once every client has adopted `revision`; waits for it 10 s at most.
  bool WaitAdopted(std::uint64_t revision);
  // Waits until `count` streams have told who they are.
  bool WaitClients(std::size_t count);
  std::vector<ClientReport> Clients();
  // What load reports told of a service; nothing when none has named it.
  std::optional<ServiceLoadTotal> Load(const std::string& service);
  // Waits until they told what `holds` wants to see, 10 s at most.
  bool WaitLoad(const std::string& service,
                const std::function<bool(const ServiceLoadTotal&)>& holds);
  bool AreCallsOver(TimePoint since);  // to user.shop
  std::uint64_t adopted();
  std::vector<RefusedNote> refused();

 private:
  void OnAdopted(const ServiceName& service, std::uint64_t revision) override;
  void OnRefused(const RefusedNote& note) override;
  void OnPlaced(const PlacedNote&) override {}

  std::filesystem::path directory_;
  std::uint16_t tcp_port_ = 0;
  std::uint64_t revision_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t adopted_ = 0;
  std::vector<RefusedNote> refused_;
  runtime::LoopThread loop_{"xds-test"};
  std::unique_ptr<DiscoveryServer> server_;
};

}  // namespace fairlead::xds::testing
