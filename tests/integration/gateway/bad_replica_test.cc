// Calls to replicas that answer with what bytes a test likes.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/call_count.h"
#include "gateway/calling.h"
#include "gateway/replica_call.h"
#include "gateway/replica_channel.h"
#include "integration/h2/frames.h"
#include "integration/http/raw_peer.h"
#include "runtime/io_thread.h"

namespace fairlead::gateway {
namespace {

using namespace std::chrono_literals;
using h2::testing::Field;
using h2::testing::Frame;
using h2::testing::Settings;

constexpr auto kLongest = 20s;
const ServiceName kGreeter = {.project = "shop", .service = "greeter"};

std::string Big32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}
std::string Setting(char id, std::uint32_t value) {
  return Frame(4, 0, 0, std::string{'\0', id} + Big32(value));
}
const std::string kHeadFields = Field(":status", "200") + Field("content-type", "application/grpc");
std::string Head(unsigned stream) {
  return Frame(1, 4, stream, kHeadFields);
}
std::string Trailers(unsigned stream, std::string_view status = "0") {
  return Frame(1, 5, stream, Field("grpc-status", status) + Field("grpc-message", "said%20so"));
}
std::string Only(unsigned stream, std::string_view status) {
  return Frame(1, 5, stream, kHeadFields + Field("grpc-status", status));
}
// Beyond 16 KiB: nine fields of two, over two frames.
std::string LongHead(unsigned stream) {
  std::string fields = kHeadFields;
  for (int i = 0; i < 9; ++i)
    fields += std::string("\0\1n\x7f\x81\x0f", 6) + std::string(2048, 'v');
  return Frame(1, 0, stream, fields.substr(0, 16'384)) + Frame(9, 4, stream, fields.substr(16'384));
}
std::string Sent(std::string_view text) {
  return std::string(1, '\0') + Big32(static_cast<std::uint32_t>(text.size())) + std::string(text);
}
std::string Answer(unsigned stream, std::string_view text) {
  return Head(stream) + Frame(0, 0, stream, Sent(text)) + Trailers(stream);
}

// A listener of 127.0.0.1 whose connections are the test's.
class Listener {
 public:
  Listener() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(descriptor_, 16), 0);
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Address address() const { return {"127.0.0.1", port_}; }
  // The next connection, after its preface.
  http::RawPeer& Accept() {
    const int made = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    EXPECT_GE(made, 0);
    peers_.emplace_back(http::RawPeer::Connected{made});
    peers_.back().Until("SM\r\n\r\n");
    return peers_.back();
  }
  http::RawPeer& Greeted(const std::string& settings = Settings()) {
    return Accept().Send(settings + Frame(4, 1, 0, ""));
  }

 private:
  const int descriptor_;
  std::uint16_t port_ = 0;
  std::list<http::RawPeer> peers_;
};

// One call, and what it comes to: its messages joined, its status and its words.
struct Called {
  std::shared_ptr<PassedCall> call;
  std::promise<PassedCall::End> ended;
  std::future<PassedCall::End> end = ended.get_future();
  std::string messages;
  bool has_head = false;
};

class BadReplicas : public ::testing::Test {
 protected:
  BadReplicas() {
    pool_ = std::make_shared<ReplicaPool>(
        loop_.context(), ReplicaPool::Options{.waiting_max = 2,
                                              .message_bytes_max = 1 << 20,
                                              .limit_hit = [this](std::string_view limit) {
                                                limits_hit_ += std::string(limit) + " ";
                                              }});
  }
  ~BadReplicas() override {
    loop_.RunAndWait([this] {
      for (const auto& called : calls_) called->call->Cancel();
      calls_.clear();
      channel_.reset();
      pool_.reset();
    });
    EXPECT_TRUE(count_.WaitForNone(kLongest));
    loop_.Stop();
  }

  void Dial(const std::vector<Address>& addresses, const spec::RetrySpec& retry = {}) {
    loop_.RunAndWait([&] { channel_ = pool_->Open(kGreeter, retry, addresses); });
  }
  // `reads`: takes what comes, until the end.
  Called& Begin(const std::string& message, std::optional<Duration> timeout = {}, bool reads = true,
                bool has_all = true, bool waits = false) {
    calls_.push_back(std::make_unique<Called>());
    Called& called = *calls_.back();
    loop_.RunAndWait([&] {
      called.call = CallReplica({.channel = channel_,
                                 .method = "/pb.Greeter/SayHello",
                                 .metadata = {{"key-bin", "\x01\x02"}},
                                 .timeout = timeout,
                                 .service = "greeter.shop",
                                 .waits_for_ready = waits},
                                count_.Begin(), [&](const Metadata&) { called.has_head = true; });
      called.call->Send(message, {});
      if (has_all) called.call->SendNoMore();
      if (reads) Read(called);
    });
    return called;
  }
  static void Read(Called& called) {
    called.call->Next([&](std::optional<std::string> piece) {
      if (!piece) return called.ended.set_value(called.call->end());
      called.messages += piece->substr(5) + " ";
      Read(called);
    });
  }
  static std::string EndOf(Called& called) {
    if (called.end.wait_for(kLongest) != std::future_status::ready) return "no end";
    const PassedCall::End end = called.end.get();
    return std::string(CodeName(end.how.code)) + " " + end.how.message;
  }

  runtime::IoThread loop_{"fl-test"};
  std::shared_ptr<ReplicaPool> pool_;
  std::shared_ptr<ReplicaChannel> channel_;
  std::vector<std::unique_ptr<Called>> calls_;
  CallCount count_;
  std::string limits_hit_;  // the loop's
};

TEST_F(BadReplicas, GetTheRequestThatGrpcWouldSend) {
  Listener replica;
  Dial({replica.address()});
  Called& called = Begin("hello", 5s);
  http::RawPeer& peer = replica.Greeted();
  const std::string bytes = peer.Until(Sent("hello"));
  for (const std::string& field :
       {Field("te", "trailers"), Field("grpc-accept-encoding", "identity"),
        Field("key-bin", "AQI="), std::string("\x04\x14/pb.Greeter/SayHello", 22),
        std::string("\x01\x0cgreeter.shop", 14)})
    EXPECT_NE(bytes.find(field), std::string::npos) << field;
  EXPECT_NE(bytes.find("grpc-timeout"), std::string::npos);
  // Request and end lie in one frame.
  EXPECT_NE(bytes.find(Frame(0, 1, 1, Sent("hello"))), std::string::npos);
  peer.Send(Answer(1, "one"));
  EXPECT_EQ(EndOf(called), "OK said so");
  EXPECT_EQ(called.messages, "one ");
}

TEST_F(BadReplicas, CostACallAReasonAndNoMore) {
  enum Then { kGoesOn, kBreaks, kCloses };
  struct Row {
    const char* what;
    std::string answer;
    std::string told;
    Then then = kGoesOn;
  };
  const std::string unavailable =
      "UNAVAILABLE call greeter.shop: no replica could be reached, or the connection broke; try "
      "again";
  const std::string no_grpc = " call greeter.shop: it did not answer as gRPC does";
  const std::vector<Row> rows = {
      {"only trailers", Only(1, "5"), "NOT_FOUND "},
      {"a status of its own", Head(1) + Trailers(1, "9"), "FAILED_PRECONDITION said so"},
      {"a status that is none", Head(1) + Trailers(1, "x"), "UNKNOWN said so"},
      {"no status", Head(1) + Frame(0, 1, 1, ""),
       "INTERNAL" + no_grpc + ": its answer ended without a status"},
      {"half a message", Head(1) + Frame(0, 0, 1, Sent("one").substr(0, 6)) + Trailers(1),
       "INTERNAL" + no_grpc + ": its answer ended inside a message"},
      {"a compressed message", Head(1) + Frame(0, 0, 1, std::string("\1\0\0\0\0", 5)),
       "INTERNAL" + no_grpc + ": a message that is compressed"},
      {"a message too long", Head(1) + Frame(0, 0, 1, std::string("\0\0\x20\0\0", 5)),
       "RESOURCE_EXHAUSTED call greeter.shop: its answer is larger than the gateway takes"},
      {"HTTP 503", Frame(1, 5, 1, Field(":status", "503")), unavailable},
      {"HTTP 404 with a page", Frame(1, 4, 1, Field(":status", "404")) + Frame(0, 1, 1, "no"),
       "UNIMPLEMENTED" + no_grpc + ": HTTP status 404"},
      {"a page",
       Frame(1, 4, 1, Field(":status", "200") + Field("content-type", "text/html")) +
           Frame(0, 1, 1, "<html>"),
       "UNKNOWN" + no_grpc + ": content type \"text/html\""},
      {"a header too long", LongHead(1),
       "RESOURCE_EXHAUSTED call greeter.shop: more header bytes than allowed"},
      {"reset, internal", Frame(3, 0, 1, Big32(2)),
       "INTERNAL" + no_grpc + ": it reset the call with code 2"},
      {"reset, calm", Frame(3, 0, 1, Big32(11)),
       "RESOURCE_EXHAUSTED call greeter.shop: it reset the call with code 11"},
      {"reset, cancelled", Head(1) + Frame(3, 0, 1, Big32(8)),
       "CANCELLED call greeter.shop: it was given up"},
      {"DATA before the head", Frame(0, 0, 1, Sent("one")),
       "INTERNAL" + no_grpc + ": DATA before any header"},
      {"a frame too long", Frame(0, 0, 1, std::string(20'000, 'x')), unavailable, kBreaks},
      {"a push", Frame(5, 4, 1, Big32(2)), unavailable, kBreaks},
      {"garbage", std::string(300, '\xee'), unavailable, kBreaks},
      {"half a frame", Answer(1, "one").substr(0, 20), unavailable, kCloses},
      {"nothing", "", unavailable, kCloses},
  };
  for (const Row& row : rows) {
    Listener replica;
    Dial({replica.address()});
    Called& called = Begin("hello");
    http::RawPeer* peer = &replica.Greeted();
    peer->Until(Sent("hello"));
    peer->Send(row.answer);
    if (row.then == kCloses) peer->HalfClose();
    EXPECT_EQ(EndOf(called), row.told) << row.what;
    // The next one is answered, on that connection or on another.
    Called& next = Begin("again");
    if (row.then != kGoesOn) peer = &replica.Greeted();
    peer->Until(Sent("again"));
    peer->Send(Answer(row.then == kGoesOn ? 3 : 1, "two"));
    EXPECT_EQ(EndOf(next), "OK said so") << row.what;
    EXPECT_EQ(next.messages, "two ") << row.what;
  }
}

TEST_F(BadReplicas, AreNotAskedWhileTheySpeakNoHttp2) {
  for (const std::string& greeting :
       std::vector<std::string>{"HTTP/1.1 400 Bad Request\r\n\r\n", "\x15\x03\x01", ""}) {
    Listener replica;
    Dial({replica.address()});
    Called& called = Begin("hello");
    http::RawPeer& peer = replica.Accept();
    peer.Send(greeting).HalfClose();
    EXPECT_TRUE(EndOf(called).starts_with("UNAVAILABLE ")) << greeting;
    EXPECT_EQ(peer.UntilClosed().find("SayHello"), std::string::npos);
    // It is tried again, and so is whoever waits for it.
    Called& next = Begin("again", {}, true, true, /*waits=*/true);
    http::RawPeer& good = replica.Greeted();
    good.Until(Sent("again"));
    good.Send(Answer(1, "two"));
    EXPECT_EQ(EndOf(next), "OK said so");
  }
}

TEST_F(BadReplicas, LeaveWithCallsUnderWay) {
  Listener replica;
  Dial({replica.address()});
  Called& first = Begin("first");
  http::RawPeer& leaving = replica.Greeted();
  leaving.Until(Sent("first"));
  Called& second = Begin("second");
  leaving.Until(Sent("second"));
  // Not seen: it is made again, on a new connection. What was seen goes on on the old one.
  leaving.Send(Frame(7, 0, 0, Big32(1) + Big32(0)));
  http::RawPeer& peer = replica.Greeted();
  peer.Until(Sent("second"));
  leaving.Send(Answer(1, "one"));
  EXPECT_EQ(EndOf(first), "OK said so");
  EXPECT_EQ(first.messages, "one ");
  leaving.UntilClosed();
  peer.Send(Answer(1, "two"));
  EXPECT_EQ(EndOf(second), "OK said so");
  EXPECT_EQ(second.messages, "two ");
}

TEST_F(BadReplicas, RefuseACallThatIsThenMadeOnceMore) {
  Listener replica;
  Dial({replica.address()});
  Called& called = Begin("hello");
  http::RawPeer& peer = replica.Greeted();
  const std::string refused = Big32(7);
  peer.Until(Sent("hello"));
  peer.Send(Frame(3, 0, 1, refused));
  peer.Until(Frame(0, 1, 3, Sent("hello")));
  peer.Send(Frame(3, 0, 3, refused));
  EXPECT_TRUE(EndOf(called).starts_with("UNAVAILABLE "));
  // Not once its answer has begun.
  Called& begun = Begin("again");
  peer.Until(Frame(0, 1, 5, Sent("again")));
  peer.Send(Head(5) + Frame(3, 0, 5, refused));
  EXPECT_TRUE(EndOf(begun).starts_with("UNAVAILABLE "));
  EXPECT_TRUE(begun.has_head);
}

TEST_F(BadReplicas, ResetACallWhoseTimeIsOver) {
  Listener replica;
  Dial({replica.address()});
  Called& called = Begin("late", 4ms);  // a server may be so much ahead of us
  http::RawPeer& peer = replica.Greeted();
  peer.Until("/pb.Greeter/SayHello");
  peer.Send(Frame(3, 0, 1, Big32(8)));
  EXPECT_EQ(EndOf(called), "DEADLINE_EXCEEDED call greeter.shop: it did not answer in time");
}

TEST_F(BadReplicas, AreTriedAgainAsTheLabelsSay) {
  Listener replica;
  Dial({replica.address()}, {.attempts = 3, .backoff_base = 1ms, .backoff_max = 2ms});
  Called& called = Begin("hello");
  http::RawPeer& peer = replica.Greeted();
  peer.Until(Sent("hello"));
  peer.Send(Only(1, "14"));
  std::string bytes = peer.Until(Frame(0, 1, 3, Sent("hello")));
  EXPECT_NE(bytes.find(Field("grpc-previous-rpc-attempts", "1")), std::string::npos);
  peer.Send(Only(3, "14"));
  bytes = peer.Until(Frame(0, 1, 5, Sent("hello")));
  EXPECT_NE(bytes.find(Field("grpc-previous-rpc-attempts", "2")), std::string::npos);
  peer.Send(Answer(5, "three"));
  EXPECT_EQ(EndOf(called), "OK said so");
  EXPECT_EQ(called.messages, "three ");
  // A status that is not among them, a word of the server's against it, and the last attempt.
  const auto said = [&](unsigned stream, const std::string& answer) {
    Called& one = Begin("one");
    peer.Until(Frame(0, 1, stream, Sent("one")));
    peer.Send(answer);
    return EndOf(one);
  };
  EXPECT_EQ(said(7, Only(7, "13")), "INTERNAL ");
  EXPECT_EQ(said(9, Frame(1, 5, 9,
                          kHeadFields + Field("grpc-status", "14") +
                              Field("grpc-retry-pushback-ms", "-1"))),
            "UNAVAILABLE ");
  Called& last = Begin("last");
  for (unsigned stream = 11; stream < 17; stream += 2) {
    peer.Until(Frame(0, 1, stream, Sent("last")));
    peer.Send(Only(stream, "14"));
  }
  EXPECT_EQ(EndOf(last), "UNAVAILABLE ");
}

TEST_F(BadReplicas, TakeNothing) {
  Listener replica;
  Dial({replica.address()});
  Called& called = Begin("hello", 300ms);
  http::RawPeer& peer = replica.Greeted(Setting(4, 0));
  peer.Until("/pb.Greeter/SayHello");
  EXPECT_EQ(EndOf(called), "DEADLINE_EXCEEDED call greeter.shop: it did not answer in time");
  const std::string reset = Frame(3, 0, 1, Big32(8));
  const std::string heard = peer.Until(reset);
  EXPECT_NE(heard.find(reset), std::string::npos);
  EXPECT_EQ(heard.find("hello"), std::string::npos);
  // Byte by byte, as the window opens.
  Called& slow = Begin("ab");
  const std::string bytes = Sent("ab");
  std::string frames;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    frames += Frame(0, i + 1 == bytes.size() ? 1 : 0, 3, bytes.substr(i, 1));
    EXPECT_NE(peer.Send(Frame(8, 0, 3, Big32(1))).Until(frames).find(frames), std::string::npos);
  }
  peer.Send(Answer(3, "two"));
  EXPECT_EQ(EndOf(slow), "OK said so");
}

TEST_F(BadReplicas, AllowOneCallAtATime) {
  Listener replica;
  Dial({replica.address()});
  Called& first = Begin("first");
  http::RawPeer& peer = replica.Greeted(Setting(3, 1));
  peer.Until(Sent("first"));
  Called& second = Begin("second");
  Called& third = Begin("third", 50ms);
  Called& fourth = Begin("fourth");
  EXPECT_EQ(
      EndOf(fourth),
      "RESOURCE_EXHAUSTED call greeter.shop: too many calls wait for its replicas; try again");
  loop_.RunAndWait([&] { EXPECT_EQ(limits_hit_, "replica-queue "); });
  EXPECT_EQ(EndOf(third), "DEADLINE_EXCEEDED call greeter.shop: it did not answer in time");
  peer.Send(Answer(1, "one"));
  EXPECT_EQ(EndOf(first), "OK said so");
  const std::string bytes = peer.Until(Frame(0, 1, 3, Sent("second")));
  EXPECT_EQ(bytes.find("third"), std::string::npos);
  peer.Send(Answer(3, "two"));
  EXPECT_EQ(EndOf(second), "OK said so");
}

TEST_F(BadReplicas, TakeShorterHeadersThanThereAre) {
  Listener replica;
  Dial({replica.address()});
  http::RawPeer& peer = replica.Greeted(Setting(6, 100));
  Called& called = Begin("hello");
  EXPECT_EQ(
      EndOf(called),
      "RESOURCE_EXHAUSTED call greeter.shop: its server does not take headers of such a length");
  EXPECT_EQ(peer.Send(Frame(6, 0, 0, "12345678")).Until("12345678").find("SayHello"),
            std::string::npos);
}

// What is not taken stays with the replica.
TEST_F(BadReplicas, SendMoreThanIsTaken) {
  Listener replica;
  Dial({replica.address()});
  Called& called = Begin("hello", {}, /*reads=*/false);
  http::RawPeer& peer = replica.Greeted();
  peer.Until(Sent("hello"));
  const std::string message = Sent(std::string(16'000, 'm'));
  std::string window;
  for (int i = 0; i < 4; ++i) window += Frame(0, 0, 1, message);
  const std::string ping = Frame(6, 0, 0, "12345678");
  peer.Send(Head(1) + window + ping);
  const std::string update = Frame(8, 0, 1, "").substr(3, 6);
  EXPECT_EQ(peer.Until("12345678").find(update), std::string::npos);
  loop_.RunAndWait([&] { Read(called); });
  EXPECT_NE(peer.Until(update).find(update), std::string::npos);
  peer.Send(Trailers(1));
  EXPECT_EQ(EndOf(called), "OK said so");
  EXPECT_EQ(called.messages.size(), 4 * 16'001U);
}

TEST_F(BadReplicas, HearWhenACallIsGivenUp) {
  Listener replica;
  Dial({replica.address()});
  Called& called = Begin("hello", {}, true, /*has_all=*/false);
  http::RawPeer& peer = replica.Greeted();
  peer.Until(Sent("hello"));
  peer.Send(Head(1) + Frame(0, 0, 1, Sent("one")));
  called.call->Cancel();  // from another thread
  const std::string reset = Frame(3, 0, 1, Big32(8));
  EXPECT_NE(peer.Until(reset).find(reset), std::string::npos);
  EXPECT_EQ(EndOf(called), "CANCELLED call greeter.shop: it was given up");
}

}  // namespace
}  // namespace fairlead::gateway
