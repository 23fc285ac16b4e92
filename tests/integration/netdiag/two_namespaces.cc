#include "integration/netdiag/two_namespaces.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "netdiag/namespace_socket.h"

namespace fairlead::netdiag::testing {
namespace {

bool Run(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

// What stands in for a container's id: a piece of the cgroup path that the child inherits from us.
std::string OwnCgroup() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  std::getline(file, line);
  return line;
}

// Lives in a namespace of its own until `keep` is closed at the other end.
[[noreturn]] void BeContainer(int ready, int keep) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char word = unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
  if (write(ready, &word, 1) != 1) _exit(1);
  while (read(keep, &word, 1) > 0) {
  }
  _exit(0);
}

}  // namespace

TwoNamespaces::TwoNamespaces() {
  std::array<int, 2> ready{};
  std::array<int, 2> keep{};
  if (unshare(CLONE_NEWNET) != 0 || pipe(ready.data()) != 0 || pipe(keep.data()) != 0) {
    obstacle_ = "may not make network namespaces";
    return;
  }
  child_ = fork();
  if (child_ == 0) {
    close(keep[1]);
    BeContainer(ready[1], keep[0]);
  }
  close(keep[0]);
  close(ready[1]);
  keep_ = keep[1];
  char word = 'n';
  const bool is_apart = read(ready[0], &word, 1) == 1 && word == 'y';
  close(ready[0]);
  if (!is_apart || !OnHost("link set lo up") || !InContainer("link set lo up"))
    obstacle_ = "ip or nsenter is missing, or may not be used";
}

TwoNamespaces::~TwoNamespaces() {
  if (keep_ >= 0) close(keep_);
  if (child_ > 0) waitpid(child_, nullptr, 0);
}

bool TwoNamespaces::OnHost(const std::string& arguments) const {
  return Run("ip " + arguments);
}

bool TwoNamespaces::InContainer(const std::string& arguments) const {
  return Run("nsenter --target=" + std::to_string(child_) + " --net ip " + arguments);
}

bool TwoNamespaces::Join() const {
  return OnHost("link add host1 type veth peer name eth1 netns " + std::to_string(child_)) &&
         OnHost("addr add 10.9.1.1/24 dev host1") && OnHost("link set host1 up") &&
         InContainer("addr add 10.9.1.2/24 dev eth1") && InContainer("link set eth1 up");
}

ContainerFacts TwoNamespaces::Facts(const std::vector<std::string>& ips) const {
  ContainerFacts facts;
  facts.id = ContainerId(OwnCgroup());
  facts.pid = child_;
  for (const std::string& ip : ips) {
    NetworkAddress network;
    network.network = "network of " + ip;
    (ip.contains(':') ? network.ipv6 : network.ipv4) = ip;
    facts.networks.push_back(network);
  }
  return facts;
}

spec::NetworkNamespace TwoNamespaces::place() const {
  return {.container = ContainerId(OwnCgroup()), .pid = child_, .start_ticks = StartTicks(child_)};
}

}  // namespace fairlead::netdiag::testing
