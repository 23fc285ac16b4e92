// A front before servers that know no TLS: what passes it, who does not, and what ends when.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "integration/front/front_test.h"
#include "tls/client_context.h"

namespace fairlead::front::testing {
namespace {

using test::Issue;

class Caller {
 public:
  Caller(std::uint16_t port, const KeyPair& authority, const std::string& offers = "\x02h2",
         const KeyPair& ours = {}, const std::string& dialled = "")
      : socket_(DialTcp(port)), connection_(nullptr, SSL_free) {
    context_ = *tls::MakeClientContext(
        {.name = "c",
         .cert = ours.cert.empty() ? "" : "/cert",
         .key = ours.key.empty() ? "" : "/key",
         .ca = "/ca"},
        {.cert = ours.cert, .key = ours.key, .authorities = authority.cert});
    connection_.reset(SSL_new(context_.get()));
    SSL_set_alpn_protos(connection_.get(), reinterpret_cast<const unsigned char*>(offers.data()),
                        static_cast<unsigned>(offers.size()));
    if (!dialled.empty()) SSL_set_tlsext_host_name(connection_.get(), dialled.c_str());
    SSL_set_fd(connection_.get(), socket_.get());
    is_connected_ = SSL_connect(connection_.get()) == 1;
  }

  bool is_connected() const { return is_connected_; }
  const Descriptor& socket() const { return socket_; }
  void Send(std::string_view bytes) const {
    std::size_t moved = 0;
    EXPECT_EQ(SSL_write_ex(connection_.get(), bytes.data(), bytes.size(), &moved), 1);
  }
  std::string Receive(std::size_t size) const {
    std::string text(size, '\0');
    std::size_t got = 0;
    for (std::size_t some = 0; got < size; got += some) {
      if (SSL_read_ex(connection_.get(), text.data() + got, size - got, &some) != 1) break;
    }
    text.resize(got);
    return text;
  }
  // The server has said goodbye, not only hung up.
  bool HasEnded() const {
    return (SSL_get_shutdown(connection_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  void SayGoodbye() const { SSL_shutdown(connection_.get()); }

 private:
  const Descriptor socket_;
  tls::Context context_;
  std::unique_ptr<SSL, void (*)(SSL*)> connection_;
  bool is_connected_ = false;
};

TEST_F(FrontTest, BytesPassBothWaysWholeAndInOrder) {
  Begin();
  const Caller caller(port_, authority_);
  ASSERT_TRUE(caller.is_connected());
  const auto server = Served(0);
  std::string said(4'000'000, '\0');
  for (std::size_t i = 0; i < said.size(); ++i) said[i] = static_cast<char>(i * 7 + i / 251);
  std::thread asking([&] { caller.Send(said); });
  EXPECT_EQ(server->Receive(said.size()), said);
  asking.join();
  std::thread answering([&] { server->Send(said); });
  EXPECT_EQ(caller.Receive(said.size()), said);
  answering.join();
}

TEST_F(FrontTest, AServerThatClosesHasItsLastWordHeardFirst) {
  Begin();
  const Caller caller(port_, authority_);
  auto server = Served(0);
  std::thread answering([&] {
    server->Send(std::string(1'000'000, 'w'));
    server.reset();
  });
  EXPECT_EQ(caller.Receive(2'000'000).size(), 1'000'000U);
  answering.join();
  EXPECT_TRUE(caller.HasEnded());
}

TEST_F(FrontTest, APeerThatGoesEndsTheServersConnection) {
  Begin();
  std::optional<Caller> leaving(std::in_place, port_, authority_);
  leaving->Send("bye");
  leaving->SayGoodbye();
  const auto first = Served(0);
  EXPECT_EQ(first->Receive(100), "bye");
  leaving.reset();
  {
    const Caller vanishing(port_, authority_);
    vanishing.Send("x");
  }
  EXPECT_EQ(Served(1)->Receive(100), "x");
}

TEST_F(FrontTest, WhoSpeaksNoTlsOrTooSlowlyIsRefusedWithAReason) {
  Begin({.handshake_timeout = std::chrono::milliseconds(100)});
  const Descriptor plain(DialTcp(port_));
  plain.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(IsRefusedAs("it speaks no TLS"));
  const Descriptor silent(DialTcp(port_));
  EXPECT_TRUE(IsRefusedAs("its handshake was not over in time"));
  EXPECT_EQ(silent.Receive(1), "");
  const Caller other(port_, authority_, "\x08http/1.1");
  EXPECT_FALSE(other.is_connected());
  EXPECT_TRUE(IsRefusedAs("nothing that is spoken here"));
  EXPECT_EQ(CountServed(), 0U);
  EXPECT_TRUE(Caller(port_, authority_).is_connected());
}

TEST_F(FrontTest, WhoSpeaksNoTlsAllTheTimeWaitsAndOfItsConnectionsSoManyDo) {
  Begin({.connections_max = 1'000, .connections_per_peer_max = 1'000});
  std::vector<std::unique_ptr<Descriptor>> rubbish;
  EXPECT_TRUE(Eventually([&] {
    rubbish.push_back(std::make_unique<Descriptor>(DialTcp(port_)));
    rubbish.back()->Send("rubbish");
    const auto all = Refusals();
    return std::ranges::any_of(all, [](const auto& one) { return one.contains("too often"); });
  }));
  EXPECT_TRUE(Eventually([&] { return Caller(port_, authority_).is_connected(); }))
      << "once those that wait have had their turn";
}

TEST_F(FrontTest, TheSilentOnesMakeRoomAndTheServedOnesStay) {
  Begin({.connections_max = 3, .handshake_timeout = std::chrono::hours(1)});
  const Caller first(port_, authority_);
  // TLS 1.3 is done for a client before it is for the server.
  ASSERT_TRUE(Eventually([&] { return CountServed() == 1; }));
  std::vector<std::unique_ptr<Descriptor>> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(std::make_unique<Descriptor>(DialTcp(port_)));
  const Caller second(port_, authority_);
  const Caller third(port_, authority_);
  ASSERT_TRUE(second.is_connected() && third.is_connected());
  ASSERT_TRUE(Eventually([&] { return CountServed() == 3; }));
  const Caller one_too_many(port_, authority_);
  EXPECT_FALSE(one_too_many.is_connected());
  EXPECT_TRUE(IsRefusedAs("as many connections as may be"));
  Served(0)->Send("still here");
  EXPECT_EQ(first.Receive(10), "still here");
}

TEST_F(FrontTest, OneAddressDoesNotGetAllPlaces) {
  Begin({.connections_max = 10, .connections_per_peer_max = 2});
  const Caller first(port_, authority_);
  const Caller second(port_, authority_);
  const Caller third(port_, authority_);
  EXPECT_FALSE(third.is_connected());
  EXPECT_TRUE(IsRefusedAs("as one peer may have"));
}

TEST_F(FrontTest, WhoTakesNothingOfItsAnswerIsCutOff) {
  Begin({.write_stall_timeout = std::chrono::milliseconds(200)});
  const Caller caller(port_, authority_);
  const auto server = Served(0);
  server->Send(std::string(30'000'000, 'x'));  // until it is hung up on
  EXPECT_TRUE(IsRefusedAs("it takes nothing of what it is sent"));
}

TEST_F(FrontTest, NewFilesAreForNewConnectionsAndDropNobody) {
  Begin();
  const Caller standing(port_, authority_);
  const auto server = Served(0);
  for (int i = 0; i < 100; ++i) {
    const KeyPair next = test::MakeAuthority("next");
    WritePair(NewPair(next));
    standing.Send("q");
    ASSERT_EQ(server->Receive(1), "q");
    server->Send("a");
    ASSERT_EQ(standing.Receive(1), "a");
    ASSERT_TRUE(Caller(port_, next).is_connected()) << i;
  }
}

TEST_F(FrontTest, WhoShowsACertificateIsKnownByIt) {
  Begin({}, tls::ClientAuth::kRequire);
  const Caller nobody(port_, authority_);
  EXPECT_TRUE(IsRefusedAs("it shows no certificate"));
  const Caller known(port_, authority_, "\x02h2",
                     Issue(authority_, {.name = "a", .alternative = "DNS:ops.corp"}));
  const auto server = Served(0);
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(peers_[0].names, std::vector<std::string>{"DNS:ops.corp"});
}

TEST_F(FrontTest, WhoDialsANameThatIsNotOursAndLeavesIsToldOf) {
  Begin();
  {
    const Descriptor looks(DialTcp(port_));
    const Caller lost(port_, authority_, "\x02h2", {}, "elsewhere.corp");
    lost.SayGoodbye();
    const Caller ours(port_, authority_, "\x02h2", {}, "server.corp");
    ours.SayGoodbye();
    for (const std::size_t i : {0U, 1U}) EXPECT_EQ(Served(i)->Receive(1), "");
  }
  EXPECT_TRUE(IsRefusedAs("it dials elsewhere.corp, which our certificate"));
  EXPECT_EQ(Refusals().size(), 1U);
}

// As Go's clients do: TLS 1.3 is done for them, and what they say next must not cost them the
// alert.
TEST_F(FrontTest, WhoIsRefusedGoesOnTalkingAndStillReadsWhy) {
  Begin({}, tls::ClientAuth::kRequire);
  const Caller nobody(port_, authority_);
  ASSERT_TRUE(IsRefusedAs("it shows no certificate"));
  nobody.Send("PRI * HTTP/2.0");
  nobody.Send("SM");
  ERR_clear_error();
  EXPECT_EQ(nobody.Receive(1), "");
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
}

TEST_F(FrontTest, AfterStopListeningThoseInsideGoOn) {
  Begin();
  const Caller caller(port_, authority_);
  const auto server = Served(0);
  front_->StopListening();
  server->Send("still");
  EXPECT_EQ(caller.Receive(5), "still");
  front_.reset();
  EXPECT_EQ(server->Receive(1), "");
}

}  // namespace
}  // namespace fairlead::front::testing
