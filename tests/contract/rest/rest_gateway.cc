// The gateway as the daemon runs it, for one service with one replica.
//
//   rest_gateway PORT
//
// The replica listens on that port of 127.0.0.1 and describes itself. Prints `port N` once it
// listens; ends when standard input does. tests/contract/test_rest_gateways.py and tests/bench use
// it.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>

#include "gateway/gateway.h"
#include "gateway/limits.h"
#include "http/server.h"
#include "runtime/io_thread.h"

namespace fairlead {
namespace {

using gateway::Gateway;

gateway::ServiceNow ServiceOn(std::uint16_t port) {
  gateway::ServiceNow now{.name = {.project = "contract", .service = "everywhere"}, .revision = 1};
  now.traffic.gateway.is_on = true;
  now.replicas.push_back({.generation = {.id = ContainerId("replica"), .started_at = "1"},
                          .name = "everywhere.contract/1",
                          .address = {"127.0.0.1", port}});
  return now;
}

void Serve(std::uint16_t backend) {
  runtime::IoThread loop("fl-gateway");
  auto told = Gateway::Told{.trouble = [](const std::string&, const std::string& trouble) {
    fmt::print(stderr, "{}\n", trouble);
  }};
  auto gateway =
      std::make_unique<Gateway>(loop.context(), Gateway::Options{.told = std::move(told)});
  gateway->Publish({ServiceOn(backend)}, {});
  std::unique_ptr<http::Server> server;
  loop.RunAndWait([&] {
    server = std::make_unique<http::Server>(
        loop.context(),
        http::Server::Options{.takes_all_hosts = true, .limits = gateway::GatewayHttpLimits()},
        *gateway);
    const auto port = server->ListenTcp("127.0.0.1", 0);
    fmt::print("port {}\n", port.value_or(0));
    std::fflush(stdout);
  });
  while (std::getchar() != EOF) {
  }
  gateway::CallCount calls = gateway->calls();
  loop.RunAndWait([&] { server.reset(); });
  loop.RunAndWait([&] { gateway.reset(); });
  calls.WaitForNone(std::chrono::seconds(2));
  loop.Stop();
}

}  // namespace
}  // namespace fairlead

int main(int argc, char** argv) {
  const std::string_view text = argc == 2 ? argv[1] : "";
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || port == 0) {
    fmt::print(stderr, "say the port of the backend: rest_gateway PORT\n");
    return 2;
  }
  fairlead::Serve(port);
}
