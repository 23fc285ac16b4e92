// Two network namespaces of a test's own: the host's, into which this program moves, and that of a
// "container", a child process that only waits. Joined by iproute2; gone with the program.
//
// Threads: the one that made it. Nothing leaves these namespaces.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "spec/container_facts.h"
#include "spec/network_namespace.h"

namespace fairlead::netdiag::testing {

// An IPv4 literal and a port, as connect(2) takes them.
inline sockaddr_in At(const char* ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

class TwoNamespaces {
 public:
  TwoNamespaces();
  ~TwoNamespaces();

  // Why it could not be made here, for GTEST_SKIP; empty when it was.
  const std::string& obstacle() const { return obstacle_; }
  pid_t pid() const { return child_; }

  // Runs `ip ARGUMENTS` on the host's or the container's side. False when it failed.
  bool OnHost(const std::string& arguments) const;
  bool InContainer(const std::string& arguments) const;
  // Puts the container on a network of the host's: 10.9.1.1 here, 10.9.1.2 there. False when a step
  // of it failed.
  bool Join() const;

  // The container as inspect would tell it, with one network for each address.
  ContainerFacts Facts(const std::vector<std::string>& ips) const;
  spec::NetworkNamespace place() const;

 private:
  std::string obstacle_;
  pid_t child_ = -1;
  int keep_ = -1;  // the child ends when this is closed
};

}  // namespace fairlead::netdiag::testing
