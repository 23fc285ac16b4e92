// What a peer may not do, and that it costs the peer and nobody else.
#include <gtest/gtest.h>

#include "integration/h2/echo_router.h"
#include "integration/h2/frames.h"
#include "integration/h2/raw_client.h"

namespace fairlead::h2::testing {
namespace {

constexpr unsigned kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7,
                   kWindow = 8, kContinuation = 9;

std::string Repeat(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// An honest client's echo on a connection of its own.
void ExpectStillServes(EchoServer& server) {
  RawClient honest(server.port());
  ASSERT_TRUE(honest.SendPreface());
  ASSERT_TRUE(honest.SendRequest(1, "/echo/Echo"));
  ASSERT_TRUE(honest.Send(Frame(kData, 0, 1, std::string("\0\0\0\0\1a", 6))));
  ASSERT_TRUE(honest.WaitForFrame(kData));
  EXPECT_EQ(honest.last_payload(), std::string("\0\0\0\0\2a#", 7));
}

struct Flood {
  std::string name;
  std::string bytes;
};
class FloodOf : public ::testing::TestWithParam<Flood> {};

TEST_P(FloodOf, CostsTheConnectionAndNobodyElse) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  client.Send(GetParam().bytes);
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_EQ(server.counters().limit_hits, 1U);
  ExpectStillServes(server);
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, FloodOf,
    ::testing::Values(Flood{"Pings", Repeat(Frame(kPing, 0, 0, std::string(8, 'p')), 2'000)},
                      Flood{"Settings", Repeat(Settings(), 2'000)},
                      Flood{"EmptyContinuations",
                            Frame(kHeaders, 0, 1, Field(":method", "POST")) +
                                Repeat(Frame(kContinuation, 0, 1, ""), 2'000)},
                      Flood{"UnknownFrames", Repeat(Frame(77, 0, 0, "x"), 2'000)},
                      Flood{"Resets",
                            [] {
                              std::string all;
                              for (unsigned stream = 1; stream < 1'000; stream += 2) {
                                all += Frame(kHeaders, 4, stream,
                                             Field(":method", "POST") + Field(":scheme", "http") +
                                                 Field(":path", "/echo/Echo") +
                                                 Field(":authority", "a") +
                                                 Field("content-type", "application/grpc"));
                                all += Frame(kReset, 0, stream, std::string("\0\0\0\x08", 4));
                              }
                              return all;
                            }()}),
    [](const ::testing::TestParamInfo<Flood>& row) { return row.param.name; });

TEST(HostileClient, EndlessHeadersEndTheConnection) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  client.Send(
      Frame(kHeaders, 0, 1, Field(":method", "POST")) +
      Repeat(Frame(kContinuation, 0, 1, Repeat(Field("x", std::string(120, 'f')), 100)), 50));
  EXPECT_TRUE(client.WaitForClose());
  ExpectStillServes(server);
}

TEST(HostileClient, HeadersOverTheLimitEndTheStreamOnly) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  std::string fields = Field(":method", "POST") + Field(":scheme", "http") +
                       Field(":path", "/echo/Echo") + Field(":authority", "a") +
                       Field("content-type", "application/grpc");
  const std::string filler = Repeat(Field("x", std::string(120, 'f')), 70);
  client.Send(Frame(kHeaders, 0, 1, fields) + Frame(kContinuation, 0, 1, filler) +
              Frame(kContinuation, 4, 1, filler));
  ASSERT_TRUE(client.WaitForFrame(kHeaders));
  EXPECT_NE(client.last_payload().find("431"), std::string::npos);
  EXPECT_EQ(server.counters().limit_hits, 1U);
  EXPECT_EQ(server.router().opened, 0);
  ASSERT_TRUE(client.SendRequest(3, "/echo/Echo"));
  ASSERT_TRUE(client.Send(Frame(kData, 0, 3, std::string("\0\0\0\0\1a", 6))));
  EXPECT_TRUE(client.WaitForFrame(kData));
}

TEST(HostileClient, AnotherContentTypeIs415) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.SendRequest(1, "/echo/Echo", "application/json"));
  ASSERT_TRUE(client.WaitForFrame(kHeaders));
  EXPECT_NE(client.last_payload().find("415"), std::string::npos);
}

TEST(HostileClient, ACompressedMessageIsUnimplemented) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.SendRequest(1, "/echo/Echo"));
  ASSERT_TRUE(client.Send(Frame(kData, 0, 1, std::string("\1\0\0\0\1a", 6))));
  ASSERT_TRUE(client.WaitForFrame(kHeaders));
  EXPECT_NE(client.last_payload().find("12"), std::string::npos);
}

TEST(HostileClient, WhoDoesNotSpeakHttp2IsClosed) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(client.WaitForClose());
}

TEST(HostileClient, WhoSaysNothingIsClosedAfterTheHandshakeTimeout) {
  ServerLimits limits;
  limits.handshake_timeout = std::chrono::milliseconds(100);
  EchoServer server(limits);
  RawClient client(server.port());
  EXPECT_TRUE(client.WaitForClose());
  EXPECT_EQ(server.counters().limit_hits, 1U);
}

TEST(HostileClient, WhoDoesNotAnswerAPingIsClosed) {
  ServerLimits limits;
  limits.ping_interval = limits.ping_timeout = std::chrono::milliseconds(100);
  EchoServer server(limits);
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  EXPECT_TRUE(client.WaitForFrame(kPing));
  EXPECT_TRUE(client.WaitForClose());
}

TEST(HostileClient, AWindowOfZeroCostsTheStreamAfterTheStallTimeout) {
  ServerLimits limits;
  limits.write_stall_timeout = std::chrono::milliseconds(100);
  EchoServer server(limits);
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.Send(Frame(kSettings, 0, 0, std::string("\0\4\0\0\0\0", 6))));
  ASSERT_TRUE(client.SendRequest(1, "/echo/Echo"));
  ASSERT_TRUE(client.Send(Frame(kData, 0, 1, std::string("\0\0\0\0\1a", 6))));
  EXPECT_TRUE(client.WaitForFrame(kReset));
  ASSERT_TRUE(client.Send(Frame(kPing, 0, 0, std::string(8, 'p'))));
  EXPECT_TRUE(client.WaitForFrame(kPing)) << "the connection goes on";
}

TEST(HostileClient, OverTheConnectionLimitsNewOnesAreRefused) {
  ServerLimits limits;
  limits.connections_per_peer_max = 2;
  EchoServer server(limits);
  RawClient first(server.port());
  RawClient second(server.port());
  RawClient third(server.port());
  EXPECT_TRUE(third.WaitForClose());
  EXPECT_EQ(server.counters().connections_open, 2U);
  EXPECT_EQ(server.counters().connections_refused, 1U);
  ASSERT_TRUE(first.SendPreface());
  EXPECT_TRUE(first.WaitForFrame(kSettings));
}

TEST(HostileClient, WhoHasNoCallMakesRoomForTheNextAndWhoHasOneStays) {
  ServerLimits limits;
  limits.connections_max = 2;
  limits.idle_enough = Duration::zero();
  EchoServer server(limits);
  RawClient busy(server.port());
  ASSERT_TRUE(busy.SendPreface());
  ASSERT_TRUE(busy.SendRequest(1, "/echo/Echo"));
  ASSERT_TRUE(busy.Send(Frame(kData, 0, 1, std::string("\0\0\0\0\1a", 6))));
  ASSERT_TRUE(busy.WaitForFrame(kData));
  RawClient idle(server.port());
  ASSERT_TRUE(idle.SendPreface());
  ASSERT_TRUE(idle.WaitForFrame(kSettings));
  ExpectStillServes(server);
  ASSERT_TRUE(idle.WaitForFrame(kGoAway));
  EXPECT_EQ(idle.last_payload().substr(4), std::string(4, '\0'));  // NO_ERROR
  EXPECT_TRUE(idle.WaitForClose());
  ASSERT_TRUE(busy.Send(Frame(kData, 0, 1, std::string("\0\0\0\0\1a", 6))));
  EXPECT_TRUE(busy.WaitForFrame(kData));
}

TEST(HostileClient, WhoIsCutOffAllTheTimeIsBegunAtAPaceAndNotToldWhy) {
  ServerLimits limits;
  limits.arrivals.offences_per_second_max = 1;
  limits.arrivals.offender_term = std::chrono::seconds(60);
  limits.arrivals.offender_pace = std::chrono::milliseconds(300);
  EchoServer server(limits);
  for (int i = 0; i < 2; ++i) {
    RawClient client(server.port());
    client.Send("no HTTP/2 at all, of any kind");
    EXPECT_EQ(client.WaitForFrame(kGoAway), i == 0);
    EXPECT_TRUE(client.WaitForClose());
  }
  EXPECT_EQ(server.counters().connections_paced, 0U);
  {
    RawClient first(server.port());
    RawClient second(server.port());
    ExpectStillServes(server);  // later, but it does
  }
  EXPECT_GE(server.counters().connections_paced, 1U);
}

TEST(HostileClient, StreamsOverTheLimitAreRefusedAndAfterSoManyTheConnectionIs) {
  ServerLimits limits;
  limits.streams_per_connection_max = 1;
  limits.refused_streams_per_minute_max = 2;
  EchoServer server(limits);
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  for (const unsigned stream : {1U, 3U, 5U}) ASSERT_TRUE(client.SendRequest(stream, "/echo/Echo"));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(client.WaitForFrame(kReset));
  client.SendRequest(7, "/echo/Echo");
  ASSERT_TRUE(client.WaitForFrame(kGoAway));
  EXPECT_EQ(client.last_payload().substr(4), std::string("\0\0\0\xb", 4));  // ENHANCE_YOUR_CALM
  ExpectStillServes(server);
}

// CVE-2025-8671: who cannot reset has the server do it.
TEST(HostileClient, StreamsThatWeResetForWhatItSendsAreItsOwnResets) {
  ServerLimits limits;
  limits.resets_per_minute_max = 2;
  EchoServer server(limits);
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  const auto fail = [&](unsigned stream) {
    return client.SendRequest(stream, "/echo/Echo") &&
           client.Send(Frame(kWindow, 0, stream, std::string(4, '\0')));
  };
  for (const unsigned stream : {1U, 3U}) {
    ASSERT_TRUE(fail(stream));
    ASSERT_TRUE(client.WaitForFrame(kReset));
  }
  fail(5);
  ASSERT_TRUE(client.WaitForFrame(kGoAway));
  EXPECT_EQ(client.last_payload().substr(4), std::string("\0\0\0\xb", 4));  // ENHANCE_YOUR_CALM
  ExpectStillServes(server);
}

TEST(HostileClient, UnfinishedMessagesShareABuffer) {
  ServerLimits limits;
  limits.connection_buffer_bytes_max = 20'000;
  EchoServer server(limits);
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  const std::string part =
      std::string("\0\0\1\0\0", 5) + std::string(9'000, 'x');  // of 64 KiB announced
  for (const unsigned stream : {1U, 3U, 5U}) {
    ASSERT_TRUE(client.SendRequest(stream, "/echo/Echo"));
    ASSERT_TRUE(client.Send(Frame(kData, 0, stream, part)));
  }
  ASSERT_TRUE(client.WaitForFrame(kHeaders));
  EXPECT_EQ(server.counters().limit_hits, 1U);
  EXPECT_TRUE(server.Eventually([&] { return server.counters().streams_open == 2; }));
}

TEST(HostileClient, FrequentPingsOfAnHonestClientAreAnsweredWithoutGoAway) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(client.Send(Frame(kPing, 0, 0, std::string(8, 'p'))));
    ASSERT_TRUE(client.WaitForFrame(kPing)) << i;
  }
  ASSERT_TRUE(client.SendRequest(1, "/echo/Echo"));
  ASSERT_TRUE(client.Send(Frame(kData, 0, 1, std::string("\0\0\0\0\1a", 6))));
  EXPECT_TRUE(client.WaitForFrame(kData));
}

TEST(HostileClient, ADrainSaysGoAway) {
  EchoServer server;
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.WaitForFrame(kSettings));
  server.Drain();
  EXPECT_TRUE(client.WaitForFrame(kGoAway));
  EXPECT_TRUE(client.WaitForClose());
}

TEST(HostileClient, WhoseConnectionIsOldIsToldToGoAndCutIfItStays) {
  EchoServer server({.connection_age_max = 100ms, .connection_age_grace = 100ms});
  RawClient client(server.port());
  ASSERT_TRUE(client.SendPreface());
  ASSERT_TRUE(client.SendRequest(1, "/echo/Echo"));
  EXPECT_TRUE(client.WaitForFrame(kGoAway));
  EXPECT_TRUE(client.WaitForClose()) << "its call never ends";
  EXPECT_TRUE(server.Eventually([&] { return server.counters().connections_open == 0; }));
  EXPECT_EQ(server.counters().connections_aged, 1U);
}

}  // namespace
}  // namespace fairlead::h2::testing
