// Both sides of TLS over one pair of sockets: bytes arrive as they were offered, however small the
// offers are and however seldom the socket takes them.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "h2/tls_server_transport.h"
#include "h2/tls_transport.h"
#include "support/certificates.h"

namespace fairlead::h2 {
namespace {

namespace fs = std::filesystem;

class TlsStreamPair : public ::testing::Test {
 protected:
  TlsStreamPair() {
    fs::create_directories(folder_);
    const test::KeyPair authority = test::MakeAuthority("root");
    const test::KeyPair pair =
        test::Issue(authority, {.alternative = "DNS:server.corp,URI:" + uri_});
    Write("ca", authority.cert);
    Write("cert", pair.cert);
    Write("key", pair.key);
    Connect({.host = "server.corp"});
  }
  ~TlsStreamPair() override { fs::remove_all(folder_); }

  // Both ends anew, the client's with whom it expects.
  void Connect(const TlsServer& expected) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    const int small = 4608;  // the kernel's least
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    const ServerProfile profile(loop_,
                                {.name = "s", .cert = folder_ + "cert", .key = folder_ + "key"},
                                tls::ServerProtocol::kHttp2, {});
    server_ = profile.transports()(ends[0]);
    client_ = MakeTlsTransports(
        std::make_shared<tls::LiveProfile>(
            tls::Profile{.name = "c", .ca = folder_ + "ca", .server_name = server_name_},
            tls::LiveProfile::Tell{}),
        expected)(ends[1]);
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name) << text;
    chmod((folder_ + name).c_str(), 0600);
  }

  bool Comes() {
    for (int i = 0; i < 1000; ++i) {
      const IoState client = client_->Establish().state;
      const IoState server = server_->Establish().state;
      if (client == IoState::kDone && server == IoState::kDone) return true;
      if (client > IoState::kWouldBlock || server > IoState::kWouldBlock) break;
    }
    return false;
  }
  bool Agree() {
    const bool comes = Comes();
    EXPECT_TRUE(comes) << client_->trouble() << "; " << server_->trouble();
    return comes;
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-stream-" + std::to_string(getpid()) + "/";
  const std::string uri_ = "spiffe://corp/shop/server";
  std::string server_name_;  // of the client's profile
  runtime::EventLoop loop_;
  std::unique_ptr<Transport> server_;
  std::unique_ptr<Transport> client_;
};

// As an outbox offers them: what was not taken comes first, in other pieces than before, and fewer
// bytes at a time than were offered once.
TEST_F(TlsStreamPair, WhatIsOfferedArrivesOnceAndInOrder) {
  ASSERT_TRUE(Agree());
  std::mt19937 chance(7);
  const auto upto = [&](std::size_t most) { return 1 + chance() % most; };
  std::string said;  // within what a client takes in a second (kTlsBytesPerSecondMax)
  while (said.size() < 700'000) said.append(upto(100), static_cast<char>('a' + chance() % 26));
  std::string heard;
  std::size_t taken = 0;
  int times_refused = 0;
  std::vector<std::byte> buffer(64 * 1024);
  for (int turn = 0; heard.size() < said.size(); ++turn) {
    ASSERT_LT(turn, 1'000'000);
    // Once in a while one large offer, which leaves a whole record behind, then small ones.
    const std::size_t size = std::min(said.size() - taken, upto(turn % 5 == 0 ? 60'000 : 300));
    std::vector<iovec> pieces;
    for (std::size_t at = 0; at < size;) {
      const std::size_t some = std::min(size - at, upto(size > 1000 ? 20'000 : 40));
      pieces.push_back({.iov_base = said.data() + taken + at, .iov_len = some});
      at += some;
    }
    const IoOutcome written = server_->Write(pieces);
    ASSERT_TRUE(written.state == IoState::kDone || written.state == IoState::kWouldBlock);
    ASSERT_LE(written.bytes, size);
    taken += written.bytes;
    times_refused += written.state == IoState::kWouldBlock ? 1 : 0;
    if (chance() % 3 != 0) continue;
    const IoOutcome read = client_->Read(std::span(buffer).first(upto(buffer.size())));
    if (read.state != IoState::kDone) continue;
    heard.append(reinterpret_cast<const char*>(buffer.data()), read.bytes);
  }
  EXPECT_EQ(heard, said);
  EXPECT_EQ(taken, said.size());
  EXPECT_GT(times_refused, 100) << "the socket was to be full now and then";
}

TEST_F(TlsStreamPair, AGoodbyeIsAnEnd) {
  ASSERT_TRUE(Agree());
  client_.reset();
  std::vector<std::byte> buffer(100);
  EXPECT_EQ(server_->Read(buffer).state, IoState::kEnd);
}

TEST_F(TlsStreamPair, TheServerHasToBeWhoIsExpected) {
  const struct {
    TlsServer expected;
    const char* words;  // empty: it is
    const char* server_name = "";
  } rows[] = {
      {{.host = "server.corp"}, ""},
      {{.host = "other.corp", .other_names = {"server.corp"}}, ""},
      {{.host = "other.corp", .uri = uri_}, ""},
      {{.host = "other.corp"}, "", "server.corp"},
      {{.host = "other.corp"}, "is not for other.corp "},
      {{.host = "other.corp", .other_names = {"third.corp"}}, "for other.corp or third.corp "},
      {{.host = "server.corp", .other_names = {"server.corp"}},
       "not for fourth.corp ",
       "fourth.corp"},
      // A name is no URI, and a part of one neither.
      {{.host = "server.corp", .uri = "spiffe://corp/shop"}, "is not for spiffe://corp/shop "},
      {{.host = "server.corp", .uri = uri_ + "s"}, "is not for spiffe://corp/shop/servers "},
      {{.host = "server.corp", .uri = "server.corp"}, "is not for server.corp "}};
  for (const auto& [expected, words, server_name] : rows) {
    server_name_ = server_name;
    Connect(expected);
    EXPECT_EQ(Comes(), *words == '\0') << expected.host << expected.uri << client_->trouble();
    EXPECT_NE(client_->trouble().find(words), std::string::npos) << client_->trouble();
  }
}

}  // namespace
}  // namespace fairlead::h2
