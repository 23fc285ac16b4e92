#include "http/host_gate.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::http {
namespace {

TEST(HostGate, AdmitsAddressesLocalhostAndWhatIsAllowed) {
  const HostGate gate({"Fairlead.example"});
  for (const std::string host : {"localhost", "LOCALHOST:18080", "127.0.0.1", "127.0.0.1:18080",
                                 "[::1]", "[::1]:18080", "10.1.2.3:1", "fairlead.EXAMPLE:80"}) {
    EXPECT_TRUE(gate.Admits(host)) << host;
  }
}

TEST(HostGate, RefusesEveryOtherName) {
  const HostGate gate({"fairlead.example"});
  for (const std::string host :
       {"", ":80", "evil.example", "localhost.evil.example", "evil.localhost",
        "127.0.0.1.evil.example", "fairlead.example.", "localhost:80:90", "localhost:port",
        "localhost:", "[::1", "[127.0.0.1]", "[]", "::1", "user@localhost", "0x7f.1"}) {
    EXPECT_FALSE(gate.Admits(host)) << host;
  }
}

TEST(HostGate, OfAllNamesStillRefusesWhatIsNone) {
  const HostGate gate = HostGate::OfAllNames();
  for (const std::string host : {"evil.example", "api.example:8080", "127.0.0.1", "[::1]:80"})
    EXPECT_TRUE(gate.Admits(host)) << host;
  for (const std::string host : {"", ":80", "localhost:80:90", "localhost:", "[::1", "::1"})
    EXPECT_FALSE(gate.Admits(host)) << host;
}

TEST(HostGate, JudgesAnOriginByItsHost) {
  const HostGate gate({});
  EXPECT_TRUE(gate.AdmitsOrigin("http://localhost:18080"));
  EXPECT_FALSE(gate.AdmitsOrigin("null"));
  EXPECT_FALSE(gate.AdmitsOrigin("http://evil.example"));
  EXPECT_FALSE(gate.AdmitsOrigin("file://localhost"));
  EXPECT_FALSE(gate.AdmitsOrigin("localhost"));
}

}  // namespace
}  // namespace fairlead::http
