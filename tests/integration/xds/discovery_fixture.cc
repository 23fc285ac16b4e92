#include "integration/xds/discovery_fixture.h"

#include <stdlib.h>

#include <thread>

#include "xds/bootstrap.h"

namespace fairlead::xds::testing {

using namespace std::chrono_literals;

DiscoveryFixture::DiscoveryFixture() {
  std::string name = (std::filesystem::temp_directory_path() / "fairlead-xds-XXXXXX").string();
  directory_ = mkdtemp(name.data());
}

DiscoveryFixture::~DiscoveryFixture() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void DiscoveryFixture::TearDown() {
  for (const RefusedNote& note : refused()) {
    ADD_FAILURE() << note.user_agent << " refused " << note.resource_type << ": " << note.text;
  }
}

void DiscoveryFixture::Start(DiscoveryOptions options, bool opens_gate) {
  loop_.RunAndWait([&] {
    AdoptionSink& adoption = *this;
    DiscoveryObserver& observer = *this;
    server_ =
        std::make_unique<DiscoveryServer>(loop_.loop(), std::move(options), adoption, observer);
    const Result<> listening = server_->ListenUnix(socket_path());
    EXPECT_TRUE(listening.has_value()) << listening.error().Text();
    const Result<std::uint16_t> port = server_->ListenTcp("127.0.0.1", tcp_port_);
    ASSERT_TRUE(port.has_value()) << port.error().Text();
    tcp_port_ = *port;
  });
  if (opens_gate) {
    OpenGate();
  }
}

void DiscoveryFixture::Stop() {
  loop_.RunAndWait([&] { server_.reset(); });
}

std::uint64_t DiscoveryFixture::Publish(const std::vector<const Greeter*>& backends,
                                        spec::TrafficSpec traffic,
                                        const std::vector<const Greeter*>& standbys) {
  fleet::ServiceView view;
  view.name = {"shop", "user"};
  view.port = 50051;
  view.traffic = std::move(traffic);
  const auto add = [&](const Greeter& backend, int priority) {
    fleet::Endpoint endpoint;
    endpoint.port = backend.port();
    endpoint.tls_port = backend.tls_port();
    endpoint.plaintext = backend.port() != 0;
    endpoint.host_network = true;
    endpoint.priority = priority;
    view.endpoints.push_back(endpoint);
  };
  for (const Greeter* backend : backends) add(*backend, 0);
  for (const Greeter* backend : standbys) add(*backend, 1);
  return PublishView(std::move(view));
}

std::uint64_t DiscoveryFixture::PublishView(fleet::ServiceView view) {
  view.revision = ++revision_;
  server_->Publish({std::make_shared<const fleet::ServiceView>(std::move(view))}, {});
  return revision_;
}

void DiscoveryFixture::Drop() {
  server_->Publish({}, {ServiceName{"shop", "user"}});
}

std::string DiscoveryFixture::UnixBootstrap(const std::string& tls_directory) const {
  return GrpcBootstrap("unix:" + socket_path(), {.tls_directory = tls_directory}).value();
}

std::string DiscoveryFixture::TcpBootstrap() const {
  return GrpcBootstrap("127.0.0.1:" + std::to_string(tcp_port_), {}).value();
}

bool DiscoveryFixture::WaitAdopted(std::uint64_t revision) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 10s, [&] { return adopted_ >= revision; });
}

bool DiscoveryFixture::WaitClients(std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (Clients().size() != count) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

std::vector<ClientReport> DiscoveryFixture::Clients() {
  std::vector<ClientReport> clients;
  loop_.RunAndWait([&] { clients = server_->Clients(); });
  return clients;
}

std::optional<ServiceLoadTotal> DiscoveryFixture::Load(const std::string& service) {
  std::optional<ServiceLoadTotal> load;
  loop_.RunAndWait([&] {
    const auto loads = server_->loads();
    const auto found = loads.services.find(service);
    if (found != loads.services.end()) load = found->second;
  });
  return load;
}

bool DiscoveryFixture::WaitLoad(const std::string& service,
                                const std::function<bool(const ServiceLoadTotal&)>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::optional<ServiceLoadTotal> load = Load(service);
    if (load && holds(*load)) return true;
    std::this_thread::yield();
  }
  return false;
}

bool DiscoveryFixture::AreCallsOver(TimePoint since) {
  bool are_over = false;
  loop_.RunAndWait([&] { are_over = server_->AreCallsOver({"shop", "user"}, since); });
  return are_over;
}

std::uint64_t DiscoveryFixture::adopted() {
  const std::lock_guard lock(mutex_);
  return adopted_;
}

std::vector<RefusedNote> DiscoveryFixture::refused() {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void DiscoveryFixture::OnAdopted(const ServiceName&, std::uint64_t revision) {
  const std::lock_guard lock(mutex_);
  adopted_ = revision;
  changed_.notify_all();
}

void DiscoveryFixture::OnRefused(const RefusedNote& note) {
  const std::lock_guard lock(mutex_);
  refused_.push_back(note);
}

}  // namespace fairlead::xds::testing
