// Two network namespaces of a test's own: the host's, into which this program moves, and that of a
// "container", a child process that only waits. Joined by iproute2; gone with the program.
//
// Threads: the one that made it. Nothing leaves these namespaces.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "spec/container_facts.h"
#include "spec/network_namespace.h"

namespace fairlead::netdiag::testing {

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
