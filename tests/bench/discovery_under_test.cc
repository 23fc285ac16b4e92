#include "bench/discovery_under_test.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 120s;  // thousands of services, on a machine with other work

xds::DiscoveryOptions ManyClientsOfOneHost() {
  xds::DiscoveryOptions options;
  options.http.connections_per_peer_max = options.http.connections_max;
  return options;
}

}  // namespace

DiscoveryUnderTest::DiscoveryUnderTest(const std::string& unix_path) {
  place_.unix_path = unix_path;
  loop_.RunAndWait([&] {
    AdoptionSink& adoption = *this;
    DiscoveryObserver& observer = *this;
    server_.emplace(loop_.loop(), ManyClientsOfOneHost(), adoption, observer);
    if (place_.unix_path.empty()) {
      const Result<std::uint16_t> port = server_->ListenTcp("127.0.0.1", 0);
      if (!port) Die(port.error().message.c_str());
      place_.port = *port;
    } else if (const Result<> listening = server_->ListenUnix(place_.unix_path); !listening) {
      Die(listening.error().message.c_str());
    }
  });
  server_->OpenGate();
}

DiscoveryUnderTest::~DiscoveryUnderTest() {
  loop_.RunAndWait([&] { server_.reset(); });
}

void DiscoveryUnderTest::Publish(fleet::ServiceViewPtr view) {
  server_->Publish({std::move(view)}, {});
}

void DiscoveryUnderTest::OnAdopted(const ServiceName& service, std::uint64_t revision) {
  {
    const std::lock_guard lock(mutex_);
    adopted_[service] = revision;
  }
  changed_.notify_one();
}

void DiscoveryUnderTest::UntilAdopted(const ServiceName& service, std::uint64_t revision) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return adopted_[service] >= revision; })) {
    errno = ETIMEDOUT;
    Die("wait for acknowledgements");
  }
}

void DiscoveryUnderTest::UntilAnswered(int streams) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  // Looked at seldom and, first, cheaply: what is measured is the server, and this is on its loop.
  const auto are_there = [&](auto count) {
    std::size_t there = 0;
    while (there < static_cast<std::size_t>(streams)) {
      if (std::chrono::steady_clock::now() > deadline) {
        errno = ETIMEDOUT;
        Die("wait for streams");
      }
      usleep(20'000);
      loop_.RunAndWait([&] { there = count(); });
    }
  };
  are_there([&] { return server_->stream_count(); });
  are_there([&] {
    const std::vector<xds::ClientReport> clients = server_->Clients({.names_max = 0});
    return static_cast<std::size_t>(
        std::ranges::count_if(clients, [](const xds::ClientReport& client) {
          return !client.types.empty() && client.types[0].acknowledged.nonce != 0;
        }));
  });
}

fleet::ServiceViewPtr BenchView(const ServiceName& service, std::uint64_t revision, int endpoints) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = service;
  view->revision = revision;
  view->port = 50051;
  for (int i = 0; i < endpoints; ++i) {
    constexpr int kPerNet = 200;
    const std::string ip =
        i == 0 ? "172.30.0." + std::to_string(100 + revision % 100)
               : "172.31." + std::to_string(i / kPerNet) + "." + std::to_string(10 + i % kPerNet);
    fleet::Endpoint endpoint;
    endpoint.replica = service.Text() + "/" + std::to_string(i + 1);
    endpoint.port = view->port;
    endpoint.addresses = {
        {.network = "bench_default", .network_id = "bench", .ipv4 = ip, .ipv6 = ""}};
    view->endpoints.push_back(std::move(endpoint));
  }
  return view;
}

}  // namespace fairlead::bench
