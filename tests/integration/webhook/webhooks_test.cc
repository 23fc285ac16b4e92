// Webhooks against a real HTTP server: what is delivered, tried again, refused and thrown away.
#include "webhook/webhooks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "integration/webhook/hook_server.h"
#include "webhook/payload.h"
#include "webhook/signature.h"

namespace fairlead::webhook {
namespace {

using namespace std::chrono_literals;
using test::HookServer;

controller::RecordedEvent Event(std::uint64_t id) {
  controller::RecordedEvent event;
  event.id = id;
  event.at = runtime::WallTime(1'769'846'400s);
  event.note.kind = fleet::NoteKind::kActFinished;
  event.note.code = "done";
  event.note.text = "restart done";
  return event;
}

// Pauses of a test; everything else is what ships.
WebhookLimits Quick() {
  return {.events_max = 1'000, .timeout = 5s, .tries_max = 4, .pause = {.first = 1ms, .most = 4ms}};
}

class WebhooksTest : public testing::Test {
 protected:
  WebhooksTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "fairlead-webhook-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~WebhooksTest() override {
    loop_.RunAndWait([this] { webhooks_.reset(); });
    loop_.Stop();
    std::filesystem::remove_all(root_);
  }

  void Start(std::vector<WebhookOptions> options, WebhookLimits limits = Quick()) {
    statuses_.resize(options.size());
    webhooks_ = std::make_unique<Webhooks>(
        loop_.context(), std::move(options), "host-1", 7, limits,
        Webhooks::Told{.status =
                           [this](std::size_t index, const controller::WebhookStatus& status) {
                             const std::lock_guard lock(mutex_);
                             statuses_.at(index) = status;
                             changed_.notify_all();
                           },
                       .trouble =
                           [this](const std::string& url, const std::string& text) {
                             const std::lock_guard lock(mutex_);
                             told_ += url + ": " + text + "\n";
                           }});
  }

  WebhookOptions To(const HookServer& server, const std::string& target = "/hook") const {
    const auto url = ParseHttpUrl("http://127.0.0.1:" + std::to_string(server.port()) + target);
    return {.url = *url, .kinds = {}, .secret_file = ""};
  }

  void Offer(int count) {
    for (int i = 0; i < count; ++i) webhooks_->Offer(Event(++offered_));
  }

  // Waits until webhook `index` is as `holds` says.
  template <class Holds>
  controller::WebhookStatus Until(Holds holds, std::size_t index = 0) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 30s, [&] { return holds(statuses_.at(index)); }))
        << "delivered " << statuses_[index].delivered << ", failed " << statuses_[index].failed
        << ", waiting " << statuses_[index].waiting << ", " << statuses_[index].trouble;
    return statuses_.at(index);
  }
  controller::WebhookStatus UntilEmpty(std::uint64_t settled, std::size_t index = 0) {
    return Until(
        [&](const controller::WebhookStatus& status) {
          return status.delivered + status.failed == settled && status.waiting == 0;
        },
        index);
  }

  std::string told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

  // The ids that the server has seen, in their order.
  static std::string Ids(const HookServer& server) {
    std::string ids;
    for (const HookServer::Request& request : server.requests()) {
      const auto body = nlohmann::json::parse(request.body, nullptr, false);
      ids += (ids.empty() ? "" : " ") + (body.is_object() ? body["id"].dump() : "?");
    }
    return ids;
  }

  std::filesystem::path root_;
  runtime::IoThread loop_{"fl-webhook"};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<controller::WebhookStatus> statuses_;
  std::string told_;
  std::unique_ptr<Webhooks> webhooks_;
  std::uint64_t offered_ = 0;
};

TEST_F(WebhooksTest, AnEventIsPostedOnceAndWhole) {
  HookServer server;
  Start({To(server, "/a/b?c=d")});
  Offer(1);
  const auto status = UntilEmpty(1);
  EXPECT_EQ(status.delivered, 1U);
  EXPECT_EQ(status.trouble, "");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].target, "/a/b?c=d");
  EXPECT_EQ(requests[0].body, PayloadOf(Event(1), "host-1"));
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/json");
  EXPECT_EQ(requests[0].headers.at("host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(requests[0].headers.at("x-fairlead-event"), "act-finished");
  EXPECT_FALSE(requests[0].headers.contains("x-fairlead-signature-256"));
  EXPECT_FALSE(requests[0].headers.contains("authorization"));
}

TEST_F(WebhooksTest, WhatFailsInPassingIsTriedAgainAndTheOrderStays) {
  HookServer server;
  server.Answer({500, 503, 200, 429, test::kHangUp, 202, 408, 200});
  Start({To(server)});
  Offer(3);
  const auto status = UntilEmpty(3);
  EXPECT_EQ(status.delivered, 3U);
  EXPECT_EQ(status.failed, 0U);
  EXPECT_EQ(Ids(server), "1 1 1 2 2 2 3 3");
  EXPECT_NE(told().find("it answered 500"), std::string::npos) << told();
  EXPECT_NE(told().find("delivers again"), std::string::npos) << told();
}

TEST_F(WebhooksTest, AnAnswerThatDoesNotComeInTimeIsAFailureInPassing) {
  HookServer server;
  server.Answer({test::kSilence});
  WebhookLimits limits = Quick();
  limits.timeout = 200ms;
  Start({To(server)}, limits);
  Offer(1);
  EXPECT_EQ(UntilEmpty(1).delivered, 1U);
  EXPECT_EQ(Ids(server), "1 1");
  EXPECT_NE(told().find("no answer in time"), std::string::npos) << told();
}

TEST_F(WebhooksTest, ARefusalIsNotRepeatedAndTheNextEventFollows) {
  HookServer server;
  server.Answer({400, 404, 200});
  Start({To(server)});
  Offer(3);
  const auto status = UntilEmpty(3);
  EXPECT_EQ(status.failed, 2U);
  EXPECT_EQ(status.delivered, 1U);
  EXPECT_EQ(Ids(server), "1 2 3");
}

TEST_F(WebhooksTest, ARedirectIsNotFollowed) {
  HookServer server;
  server.Answer({302, 307}, 200);
  Start({To(server)});
  Offer(2);
  EXPECT_EQ(UntilEmpty(2).failed, 2U);
  ASSERT_EQ(server.requests().size(), 2U);
  for (const auto& request : server.requests()) EXPECT_EQ(request.target, "/hook");
  EXPECT_NE(told().find("redirects are not followed"), std::string::npos) << told();
}

TEST_F(WebhooksTest, AnEventIsGivenUpAfterTheLastTry) {
  HookServer server;
  server.Answer({500, 500, 500, 500}, 200);
  Start({To(server)});
  Offer(2);
  const auto status = UntilEmpty(2);
  EXPECT_EQ(status.failed, 1U);
  EXPECT_EQ(status.delivered, 1U);
  EXPECT_EQ(Ids(server), "1 1 1 1 2");
}

TEST_F(WebhooksTest, WhatIsThrownAwayIsCountedAndSaid) {
  HookServer server;
  server.Answer({500}, 200);
  WebhookLimits limits = Quick();
  limits.events_max = 3;
  limits.pause = {.first = 500ms, .most = 500ms};
  Start({To(server)}, limits);
  Offer(1);
  Until([](const controller::WebhookStatus& status) { return !status.trouble.empty(); });
  Offer(9);  // while the first waits for its second try
  const auto status = UntilEmpty(3);
  EXPECT_EQ(status.dropped, 7U);
  EXPECT_EQ(Ids(server), "1 1 9 10");
  EXPECT_NE(told().find("thrown away unsent"), std::string::npos) << told();
}

TEST_F(WebhooksTest, OneThatIsDeadHoldsUpNoOther) {
  HookServer dead;
  dead.Answer({}, test::kSilence);
  HookServer alive;
  WebhookLimits limits = Quick();
  limits.timeout = 1h;
  Start({To(dead), To(alive)}, limits);
  Offer(5);
  EXPECT_EQ(UntilEmpty(5, 1).delivered, 5U);
  EXPECT_EQ(Ids(alive), "1 2 3 4 5");
}

void WriteSecret(const std::string& path, const std::string& text,
                 std::filesystem::perms mode = std::filesystem::perms::owner_read |
                                               std::filesystem::perms::owner_write) {
  std::ofstream(path) << text;
  std::filesystem::permissions(path, mode);
}

TEST_F(WebhooksTest, ASecretThatEverybodyMayReadSignsNothing) {
  HookServer server;
  WebhookOptions options = To(server);
  options.secret_file = root_ / "secret";
  WriteSecret(options.secret_file, "open", static_cast<std::filesystem::perms>(0644));
  Start({options});
  Offer(1);
  EXPECT_EQ(UntilEmpty(1).failed, 1U);
  EXPECT_EQ(server.requests().size(), 0U);
  EXPECT_NE(told().find("its mode 0644 lets every user read it; chmod 0600"), std::string::npos)
      << told();
}

TEST_F(WebhooksTest, ThePayloadIsSignedWithWhatTheFileHoldsNow) {
  const std::string file = root_ / "secret";
  WriteSecret(file, "first\n");
  HookServer server;
  WebhookOptions options = To(server);
  options.secret_file = file;
  Start({options});
  Offer(1);
  UntilEmpty(1);
  std::ofstream(file, std::ios::trunc) << "second";
  Offer(1);
  UntilEmpty(2);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].headers.at("x-fairlead-signature-256"),
            SignatureOf(requests[0].body, "first"));
  EXPECT_EQ(requests[1].headers.at("x-fairlead-signature-256"),
            SignatureOf(requests[1].body, "second"));
}

TEST_F(WebhooksTest, WithoutItsSecretNothingIsSent) {
  HookServer server;
  WebhookOptions options = To(server);
  options.secret_file = root_ / "none";
  Start({options});
  Offer(1);
  EXPECT_EQ(UntilEmpty(1).failed, 1U);
  EXPECT_EQ(server.requests().size(), 0U);
  EXPECT_NE(told().find("read secret_file"), std::string::npos) << told();
}

TEST_F(WebhooksTest, AUsersNameAndPasswordAreSentAndNeverTold) {
  HookServer server;
  server.Answer({403});
  WebhookOptions options = To(server);
  options.url =
      *ParseHttpUrl("http://ada:geheim@127.0.0.1:" + std::to_string(server.port()) + "/t?k=geheim");
  Start({options});
  Offer(1);
  const auto status = UntilEmpty(1);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].headers.at("authorization"), BasicAuthorization("ada:geheim"));
  EXPECT_EQ(status.url, "http://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_NE(status.trouble, "");
  EXPECT_EQ((told() + status.trouble).find("geheim"), std::string::npos) << told();
}

TEST_F(WebhooksTest, NobodyListeningIsAFailureInPassing) {
  std::uint16_t port = 0;
  {
    boost::asio::io_context unused;
    boost::asio::ip::tcp::acceptor closed(
        unused, boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    port = closed.local_endpoint().port();
  }
  WebhookOptions options;
  options.url = *ParseHttpUrl("http://127.0.0.1:" + std::to_string(port) + "/");
  Start({options});
  Offer(1);
  const auto status = UntilEmpty(1);
  EXPECT_EQ(status.failed, 1U);
  EXPECT_NE(status.trouble.find("connect to it"), std::string::npos) << status.trouble;
}

// The authorities of this system, as the test sets them.
class TlsWebhooksTest : public WebhooksTest {
 protected:
  TlsWebhooksTest() : authority_(test::MakeAuthority("hooks")) {
    const std::string bundle = root_ / "authorities.pem";
    std::ofstream(bundle) << authority_.cert;
    setenv("SSL_CERT_FILE", bundle.c_str(), 1);
  }
  ~TlsWebhooksTest() override { unsetenv("SSL_CERT_FILE"); }

  WebhookOptions ToTls(const HookServer& server) const {
    WebhookOptions options = To(server);
    options.url.is_tls = true;
    return options;
  }

  test::KeyPair authority_;
};

TEST_F(TlsWebhooksTest, ACertificateThatAnAuthorityVouchesForIsBelieved) {
  HookServer server(test::Issue(authority_, {.alternative = "IP:127.0.0.1"}));
  Start({ToTls(server)});
  Offer(2);
  EXPECT_EQ(UntilEmpty(2).delivered, 2U) << told();
  EXPECT_EQ(Ids(server), "1 2");
}

TEST_F(TlsWebhooksTest, AnyOtherCertificateGetsNothing) {
  HookServer stranger(test::Issue(test::MakeAuthority("other"), {.alternative = "IP:127.0.0.1"}));
  HookServer another_name(test::Issue(authority_, {.alternative = "IP:127.0.0.2"}));
  HookServer expired(test::Issue(
      authority_, {.alternative = "IP:127.0.0.1", .valid_from_hours = -2, .valid_to_hours = -1}));
  Start({ToTls(stranger), ToTls(another_name), ToTls(expired)});
  Offer(1);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto status = UntilEmpty(1, i);
    EXPECT_EQ(status.failed, 1U);
    EXPECT_NE(status.trouble.find("its certificate is not believed"), std::string::npos)
        << status.trouble;
  }
  for (const HookServer* server : {&stranger, &another_name, &expired})
    EXPECT_EQ(server->requests().size(), 0U);
}

}  // namespace
}  // namespace fairlead::webhook
