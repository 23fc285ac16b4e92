// The engines that the contract is held against: three shapes of the fake, and the real ones that
// they imitate.
//
// Why: a fake that no real engine is compared with proves what its author believed. The real ones
// are Debian's Docker 20.10 (or FAIRLEAD_TEST_ENGINE=unix:///...), Engine 29 and Podman 4.3; each
// is started once per program, in a network namespace of its own.
// Threads: the test's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fairlead::test {

using Labels = std::map<std::string, std::string>;

// What engines may do differently, and fairlead must live with.
struct EngineTraits {
  std::string name;   // also of the test's instance: "fake_docker_29", "podman_4_3"
  std::string shape;  // of the fake, or that imitates this real one
  bool is_real = false;
  bool is_podman = false;
  std::string network = "bridge";  // what containers are in by default
  std::string image = "busybox";   // as inspect tells it
};

const std::vector<EngineTraits>& EnginesUnderTest();
const EngineTraits& TraitsOf(const std::string& name);

class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::string endpoint() const = 0;
  // A container that runs until it is killed, in state created.
  virtual std::string Create(const std::string& name, const Labels& labels) = 0;
};

std::unique_ptr<Subject> MakeFake(boost::asio::io_context& context, const std::string& shape);
// Null when the engine is not there: no root, or not installed.
std::unique_ptr<Subject> FindReal(const EngineTraits& traits);

}  // namespace fairlead::test
