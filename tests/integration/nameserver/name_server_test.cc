// The name server on loopback: asked by dig, and by peers that dig is too polite for.
#include "nameserver/name_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dns/message.h"
#include "runtime/clock.h"
#include "runtime/command.h"
#include "runtime/io_thread.h"
#include "runtime/mutex.h"

namespace fairlead::nameserver {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kDig = "/usr/bin/dig";
constexpr int kPatienceMilliseconds = 20'000;
constexpr std::uint16_t kPort = 50051;
const ServiceName kApi = {.project = "shop", .service = "api"};

// Everybody is on the host; or, once told so, nobody can be placed.
class HostLocator final : public xds::ClientLocator {
 public:
  explicit HostLocator(xds::ClientPlace place) : place_(std::move(place)) {}
  void Watch(xds::ClientWatch, xds::ClientOrigin, Tell tell) override { tell(place_); }
  void Unwatch(xds::ClientWatch) override {}

 private:
  const xds::ClientPlace place_;
};

fleet::ServiceViewPtr ViewOf(std::uint64_t revision, int replicas) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = kApi;
  view->revision = revision;
  view->port = kPort;
  for (int i = 1; i <= replicas; ++i) {
    fleet::Endpoint endpoint;
    endpoint.port = kPort;
    endpoint.addresses = {{.network = "n",
                           .network_id = "n",
                           .ipv4 = "172.31.0." + std::to_string(i),
                           .ipv6 = "",
                           .is_host_routable = true}};
    view->endpoints.push_back(std::move(endpoint));
  }
  return view;
}

class NameServerTest : public testing::Test {
 protected:
  void Start(NameServerLimits limits = {}, xds::ClientPlace place = {}) {
    locator_ = std::make_unique<HostLocator>(std::move(place));
    loop_.RunAndWait([&] {
      server_ = std::make_unique<NameServer>(
          loop_.context(), *locator_,
          NameServer::Options{
              .origin = {"fairlead"},
              .seed = 1,
              .limits = limits,
              .told = {.answered = [](const std::string&, const std::string&) {},
                       .limit_hit =
                           [this](std::string_view word) {
                             runtime::MutexLock lock(mutex_);
                             ++hits_[std::string(word)];
                           },
                       .adopted =
                           [this](const std::map<ServiceName, std::uint64_t>& revisions) {
                             runtime::MutexLock lock(mutex_);
                             for (const auto& [name, revision] : revisions)
                               adopted_.push_back({revision, runtime::Now()});
                           }}});
      const Result<std::uint16_t> port = server_->Listen("127.0.0.1", 0);
      ASSERT_TRUE(port) << port.error().message;
      port_ = *port;
    });
  }

  void Serve(std::uint64_t revision, int replicas) {
    server_->Publish({ViewOf(revision, replicas)}, {});
    server_->OpenGate();
    loop_.RunAndWait([] {});
  }

  ~NameServerTest() override {
    loop_.RunAndWait([this] { server_.reset(); });
    loop_.Stop();
  }

  std::string Dig(std::vector<std::string> words) const {
    words.insert(words.begin(), {kDig, "@127.0.0.1", "-p", std::to_string(port_), "+tries=1",
                                 "+time=5", "+nocookie"});
    const auto end = runtime::RunCommand(words, 10s);
    return end ? end->output : end.error().message;
  }

  struct Adopted {
    std::uint64_t revision = 0;
    TimePoint at{};
  };
  std::vector<Adopted> adopted() {
    runtime::MutexLock lock(mutex_);
    return adopted_;
  }
  int Hits(const std::string& word) {
    runtime::MutexLock lock(mutex_);
    return hits_[word];
  }

  runtime::IoThread loop_{"fl-dns"};
  std::unique_ptr<HostLocator> locator_;
  std::unique_ptr<NameServer> server_;
  std::uint16_t port_ = 0;
  runtime::Mutex mutex_;
  std::map<std::string, int> hits_ FAIRLEAD_GUARDED_BY(mutex_);
  std::vector<Adopted> adopted_ FAIRLEAD_GUARDED_BY(mutex_);
};

// A socket that sends what bytes it likes.
class Peer {
 public:
  Peer(int type, std::uint16_t port) : descriptor_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  ~Peer() { close(descriptor_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void Send(const Bytes& bytes) { send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Up to `size` bytes; fewer when the other end has closed or is silent.
  Bytes Receive(std::size_t size) {
    Bytes bytes;
    while (bytes.size() < size) {
      pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, kPatienceMilliseconds) != 1) break;
      Bytes piece(size - bytes.size());
      const ssize_t count = recv(descriptor_, piece.data(), piece.size(), 0);
      if (count <= 0) break;
      bytes.insert(bytes.end(), piece.begin(), piece.begin() + count);
    }
    return bytes;
  }
  // One datagram, or what is behind one length.
  std::optional<dns::Message> Datagram() {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kPatienceMilliseconds) != 1) return std::nullopt;
    Bytes bytes(65'536);
    const ssize_t count = recv(descriptor_, bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return dns::ReadMessage(bytes);
  }
  std::optional<dns::Message> Framed() {
    const Bytes size = Receive(2);
    if (size.size() != 2) return std::nullopt;
    return dns::ReadMessage(
        Receive(static_cast<std::size_t>(size[0]) << 8 | static_cast<std::size_t>(size[1])));
  }

 private:
  const int descriptor_;
};

Bytes QueryOf(std::uint16_t id, bool is_response = false) {
  dns::MessageWriter writer({.id = id, .is_response = is_response}, 512);
  writer.Ask({.name = {"api", "shop", "fairlead"}, .type = dns::kA});
  return std::move(writer).Take();
}

Bytes Framed(const Bytes& query) {
  Bytes framed;
  dns::Put16(framed, static_cast<std::uint32_t>(query.size()));
  framed.insert(framed.end(), query.begin(), query.end());
  return framed;
}

class RealDig : public NameServerTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kDig)) GTEST_SKIP() << "dig is missing: ./dev setup";
    Start();
  }
};

TEST_F(RealDig, ReadsTheAddressesOverUdpAndTcp) {
  Serve(1, 3);
  for (const std::string way : {"+notcp", "+tcp"}) {
    const std::string said = Dig({way, "API.shop.fairlead.", "A"});
    EXPECT_THAT(said, HasSubstr("status: NOERROR"));
    EXPECT_THAT(said, HasSubstr("flags: qr aa rd;"));
    EXPECT_THAT(said, HasSubstr("API.shop.fairlead.\t1\tIN\tA\t172.31.0.2"));
    EXPECT_THAT(said, HasSubstr("ANSWER: 3"));
    EXPECT_THAT(said, Not(HasSubstr("Warning")));
    EXPECT_THAT(said, Not(HasSubstr("malformed")));
  }
}

TEST_F(RealDig, ReadsPorts) {
  Serve(1, 1);
  const std::string said = Dig({"_grpc._tcp.api.shop.fairlead.", "SRV"});
  EXPECT_THAT(said, HasSubstr("SRV\t0 100 50051 ac1f0001.api.shop.fairlead."));
  EXPECT_THAT(said, HasSubstr("ac1f0001.api.shop.fairlead. 1\tIN\tA\t172.31.0.1"));
}

TEST_F(RealDig, SeesWhatIsNotThere) {
  Serve(1, 0);
  const std::string nobody = Dig({"api.shop.fairlead.", "A"});
  EXPECT_THAT(nobody, HasSubstr("status: NOERROR"));
  EXPECT_THAT(nobody, HasSubstr("ANSWER: 0, AUTHORITY: 1"));
  EXPECT_THAT(nobody, HasSubstr("SOA\tfairlead. hostmaster.fairlead."));
  EXPECT_THAT(Dig({"web.shop.fairlead.", "A"}), HasSubstr("status: NXDOMAIN"));
  EXPECT_THAT(Dig({"example.org.", "A"}), HasSubstr("status: REFUSED"));
  EXPECT_THAT(Dig({"+opcode=NOTIFY", "fairlead.", "SOA"}), HasSubstr("status: NOTIMP"));
  EXPECT_THAT(Dig({"+edns=1", "+noednsnegotiation", "fairlead.", "SOA"}),
              HasSubstr("status: BADVERS"));
}

TEST_F(RealDig, TurnsToTcpForALongAnswer) {
  Serve(1, 200);
  const std::string cut = Dig({"+ignore", "+bufsize=1232", "api.shop.fairlead.", "A"});
  EXPECT_THAT(cut, HasSubstr("flags: qr aa tc rd;"));
  const std::string whole = Dig({"+bufsize=1232", "api.shop.fairlead.", "A"});
  EXPECT_THAT(whole, HasSubstr("retrying in TCP mode"));
  EXPECT_THAT(whole, HasSubstr("ANSWER: 200"));
}

TEST_F(RealDig, IsToldOfAFailureBeforeTheListsAreKnown) {
  server_->Publish({ViewOf(1, 1)}, {});
  EXPECT_THAT(Dig({"api.shop.fairlead.", "A"}), HasSubstr("status: SERVFAIL"));
  server_->OpenGate();
  EXPECT_THAT(Dig({"api.shop.fairlead.", "A"}), HasSubstr("status: NOERROR"));
}

TEST_F(RealDig, AsAStrangerIsRefused) {
  loop_.RunAndWait([this] { server_.reset(); });
  Start({}, {.doubt = "no running container has its address"});
  Serve(1, 1);
  const std::string said = Dig({"api.shop.fairlead.", "A"});
  EXPECT_THAT(said, HasSubstr("status: REFUSED"));
  EXPECT_THAT(said, HasSubstr("ANSWER: 0, AUTHORITY: 0"));
}

TEST_F(NameServerTest, WhatIsNoQuestionGetsNoAnswer) {
  Start();
  Serve(1, 1);
  Peer peer(SOCK_DGRAM, port_);
  peer.Send(QueryOf(1, true));
  peer.Send(Bytes(5));
  peer.Send({});
  peer.Send(QueryOf(4));
  const auto said = peer.Datagram();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->header.id, 4);
}

TEST_F(NameServerTest, AQuestionThatIsTooLongIsAFormatError) {
  Start();
  Serve(1, 1);
  Peer peer(SOCK_DGRAM, port_);
  Bytes query = QueryOf(9);
  query.resize(kQueryBytesMax + 1);
  peer.Send(query);
  const auto said = peer.Datagram();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->header.code, 1);
}

TEST_F(NameServerTest, QuestionsOnOneConnectionAreAnsweredInTheirOrder) {
  Start();
  Serve(1, 1);
  Peer peer(SOCK_STREAM, port_);
  Bytes all;
  for (std::uint16_t id = 1; id <= 100; ++id) {
    const Bytes one = Framed(QueryOf(id));
    all.insert(all.end(), one.begin(), one.end());
  }
  peer.Send(all);
  for (std::uint16_t id = 1; id <= 100; ++id) {
    const auto said = peer.Framed();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->header.id, id);
    EXPECT_EQ(said->answers.size(), 1U);
  }
}

TEST_F(NameServerTest, AConnectionThatIsSilentDripsOrSendsTooMuchIsClosed) {
  Start({.tcp_idle = 50ms});
  Serve(1, 1);
  Peer silent(SOCK_STREAM, port_);
  Peer dripping(SOCK_STREAM, port_);
  dripping.Send(Bytes(1));
  Peer greedy(SOCK_STREAM, port_);
  greedy.Send({std::byte{0xFF}, std::byte{0xFF}});
  Peer talking_back(SOCK_STREAM, port_);
  talking_back.Send(Framed(QueryOf(1, true)));
  for (Peer* peer : {&silent, &dripping, &greedy, &talking_back})
    EXPECT_EQ(peer->Receive(1), Bytes());
  EXPECT_GE(Hits("idle"), 2);
}

TEST_F(NameServerTest, ThereAreOnlySoManyConnections) {
  Start({.connections_max = 2});
  Serve(1, 1);
  std::deque<Peer> peers;
  for (int i = 0; i < 2; ++i) {
    peers.emplace_back(SOCK_STREAM, port_).Send(Framed(QueryOf(1)));
    EXPECT_TRUE(peers.back().Framed());
  }
  EXPECT_EQ(Peer(SOCK_STREAM, port_).Receive(1), Bytes());
  EXPECT_EQ(Hits("connections"), 1);
  peers.clear();
}

TEST_F(NameServerTest, AListIsAdoptedWhenTheLastOlderAnswerHasExpired) {
  Start({.answer_life = 300ms});
  Serve(1, 2);
  ASSERT_EQ(adopted().size(), 1U);  // nobody has asked
  Peer peer(SOCK_DGRAM, port_);
  const TimePoint before = runtime::Now();
  peer.Send(QueryOf(1));
  ASSERT_TRUE(peer.Datagram());
  Serve(2, 1);
  EXPECT_EQ(adopted().size(), 1U);
  while (adopted().size() < 2 && runtime::Now() < before + 20s) loop_.RunAndWait([] {});
  ASSERT_EQ(adopted().size(), 2U);
  EXPECT_EQ(adopted()[1].revision, 2U);
  EXPECT_GE(adopted()[1].at - before, 300ms);
}

TEST_F(NameServerTest, AnAddressInUseIsSaid) {
  Start();
  loop_.RunAndWait([this] {
    const auto again = server_->Listen("127.0.0.1", port_);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::kFailedPrecondition);
  });
}

TEST_F(NameServerTest, AnAddressThatComesLaterCanBeListenedOn) {
  Start();
  loop_.RunAndWait([this] { EXPECT_TRUE(server_->Listen("192.0.2.77", 0)); });
}

}  // namespace
}  // namespace fairlead::nameserver
