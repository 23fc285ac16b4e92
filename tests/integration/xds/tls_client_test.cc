// Stock gRPC C++ clients and services that speak TLS: mutual, by credentials from xDS; who is not
// the one expected is not called; and a service goes from plaintext to TLS without a failed call.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "integration/xds/discovery_fixture.h"
#include "integration/xds/xds_caller.h"
#include "support/certificates.h"

namespace fairlead::xds::testing {
namespace {

using namespace std::chrono_literals;
using Counts = std::map<std::string, int>;

constexpr const char* kUserId = "URI:spiffe://test.corp/shop/user";

class TlsClient : public DiscoveryFixture {
 protected:
  TlsClient() {
    const test::KeyPair own =
        test::Issue(authority_, {.alternative = "URI:spiffe://test.corp/x/y"});
    Write("tls.crt", own.cert);
    Write("tls.key", own.key);
    Write("ca.crt", authority_.cert);
    DiscoveryOptions options;
    options.catalog.tls.trust_domain = "test.corp";
    options.tls_lead = 100ms;
    options.housekeeping_interval = 20ms;
    Start(options);
  }

  // Shows a certificate for `names`, and takes none but those of our authority.
  std::shared_ptr<grpc::ServerCredentials> Server(const std::string& names) const {
    return Server(names, authority_);
  }
  std::shared_ptr<grpc::ServerCredentials> Server(const std::string& names,
                                                  const test::KeyPair& signer) const {
    const test::KeyPair own = test::Issue(signer, {.alternative = names});
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = authority_.cert;
    options.pem_key_cert_pairs.push_back({own.key, own.cert});
    return grpc::SslServerCredentials(options);
  }
  static spec::TrafficSpec Labelled(spec::TlsMode mode) {
    spec::TrafficSpec traffic;
    traffic.tls = {.source = spec::TlsSource::kAuto, .profile = {}, .mode = mode};
    return traffic;
  }
  XdsCaller WithTls() const { return {"xds:///user", UnixBootstrap(directory()), true}; }
  XdsCaller WithoutTls() const { return {"xds:///user", UnixBootstrap()}; }

  const test::KeyPair authority_ = test::MakeAuthority("root");

 private:
  void Write(const std::string& file, const std::string& text) const {
    std::ofstream(directory() / file) << text;
  }
};

TEST_F(TlsClient, CallsAStrictServiceAndWithoutTlsIsToldOfNobody) {
  const Greeter a("a", Server(kUserId), /*is_strict=*/true);
  Publish({&a}, Labelled(spec::TlsMode::kStrict));
  EXPECT_EQ(WithTls().Calls(5), (Counts{{"a", 5}}));
  XdsCaller other = WithoutTls();
  EXPECT_TRUE(other.Call(false).starts_with("code 14"));
  std::string why;
  for (const ClientReport& client : Clients()) {
    for (const ClientReport::Type& type : client.types) {
      for (const auto& [name, reason] : type.missing) why += name + ": " + reason;
    }
  }
  EXPECT_TRUE(why.starts_with("user.shop: it speaks TLS only, and this client's bootstrap")) << why;
  EXPECT_EQ(a.calls(), 5);
}

TEST_F(TlsClient, DoesNotCallWhoHasAnotherName) {
  const Greeter impostor("i", Server("URI:spiffe://test.corp/shop/cart,DNS:user,DNS:user.shop"),
                         /*is_strict=*/true);
  Publish({&impostor}, Labelled(spec::TlsMode::kStrict));
  const std::string answer = WithTls().Call(false);
  EXPECT_TRUE(answer.starts_with("code 14")) << answer;
  EXPECT_EQ(impostor.calls(), 0);
}

TEST_F(TlsClient, DoesNotCallWhomAnotherAuthorityNames) {
  const test::KeyPair elsewhere = test::MakeAuthority("elsewhere");
  const Greeter impostor("i", Server(kUserId, elsewhere), /*is_strict=*/true);
  Publish({&impostor}, Labelled(spec::TlsMode::kStrict));
  const std::string answer = WithTls().Call(false);
  EXPECT_TRUE(answer.starts_with("code 14")) << answer;
  EXPECT_EQ(impostor.calls(), 0);
}

TEST_F(TlsClient, IsTakenFromPlaintextToStrictAndBackWithoutAFailedCall) {
  constexpr auto kPause = 5ms;  // 200 calls a second
  const auto tls = Server(kUserId);
  const Greeter plain_1("plain"), plain_2("plain");
  const Greeter both_1("both", tls, false), both_2("both", tls, false);
  const Greeter strict_1("strict", tls, true), strict_2("strict", tls, true);
  Publish({&plain_1, &plain_2});
  XdsCaller caller = WithTls();
  ASSERT_TRUE(caller.CallUntil("plain"));
  std::atomic<bool> stops = false;
  Counts answers;
  std::thread load([&] {
    while (!stops) {
      ++answers[caller.Call(false)];
      std::this_thread::sleep_for(kPause);
    }
  });
  // One replica after the other, as a rollout has it: the new one is in before an old one leaves,
  // and a server is alive for as long as this test.
  using Stage = std::pair<std::vector<const Greeter*>, spec::TrafficSpec>;
  const spec::TrafficSpec off, permissive = Labelled(spec::TlsMode::kPermissive),
                               strict = Labelled(spec::TlsMode::kStrict);
  const auto settle = [&](const Stage& stage) {
    const std::uint64_t revision = Publish(stage.first, stage.second);
    EXPECT_TRUE(WaitAdopted(revision));
    std::this_thread::sleep_for(300ms);
  };
  const std::vector<Stage> there = {{{&plain_1, &plain_2, &both_1}, permissive},
                                    {{&plain_2, &both_1, &both_2}, permissive},
                                    {{&both_1, &both_2}, permissive},
                                    {{&both_1, &both_2, &strict_1}, strict},
                                    {{&both_2, &strict_1, &strict_2}, strict},
                                    {{&strict_1, &strict_2}, strict}};
  std::ranges::for_each(there, settle);
  const int in_plaintext = both_1.calls() + both_2.calls();
  EXPECT_GT(in_plaintext, 0);
  EXPECT_GT(strict_1.calls() + strict_2.calls(), 0);
  const std::vector<Stage> back = {{{&strict_1, &strict_2, &both_1}, permissive},
                                   {{&both_1, &both_2}, permissive},
                                   {{&both_1, &both_2, &plain_1}, off},
                                   {{&plain_1, &plain_2}, off}};
  std::ranges::for_each(back, settle);
  stops = true;
  load.join();
  EXPECT_GT(answers["plain"] + answers["both"] + answers["strict"], 100);
  for (const auto& [answer, count] : answers) {
    EXPECT_FALSE(answer.starts_with("code")) << answer << " x " << count;
  }
}

}  // namespace
}  // namespace fairlead::xds::testing
