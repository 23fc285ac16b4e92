// FrontTest: a front, and the servers' ends of the connections that it hands over.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "front/front.h"
#include "h2/socket_address.h"
#include "support/certificates.h"

namespace fairlead::front::testing {

namespace fs = std::filesystem;
using test::KeyPair;

// Blocks, for ten seconds at most.
inline void WaitFor(int descriptor, short events) {
  pollfd watched{.fd = descriptor, .events = events, .revents = 0};
  poll(&watched, 1, 10'000);
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() { close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

  void Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      WaitFor(descriptor_, POLLOUT);
      const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) continue;
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // The other side has hung up, and all that it had to say has been received.
  bool HasEnded() const {
    WaitFor(descriptor_, POLLIN);
    char one = 0;
    const ssize_t got = recv(descriptor_, &one, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }
  // Up to `size` bytes, fewer at the end.
  std::string Receive(std::size_t size) const {
    std::string text;
    std::vector<char> buffer(64 * 1024);
    while (text.size() < size) {
      WaitFor(descriptor_, POLLIN);
      const ssize_t got =
          recv(descriptor_, buffer.data(), std::min(buffer.size(), size - text.size()), 0);
      if (got <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  const int descriptor_;
};

inline int DialTcp(std::uint16_t port, const std::string& from = "127.0.0.1") {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto own = h2::SocketAddress::Ip(from, 0);
  EXPECT_EQ(bind(made, own->get(), own->size()), 0);
  const auto address = h2::SocketAddress::Ip("127.0.0.1", port);
  EXPECT_EQ(connect(made, address->get(), address->size()), 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return made;
}

class FrontTest : public ::testing::Test {
 protected:
  FrontTest() {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own socket BIO, of the callers here
    fs::create_directories(folder_);
    WritePair(NewPair(authority_));
  }
  ~FrontTest() override {
    front_.reset();
    fs::remove_all(folder_);
  }

  void Begin(const Limits& limits = {}, tls::ClientAuth auth = tls::ClientAuth::kNone) {
    Write("ca", authority_.cert);
    Make({.profile = tls::Profile{.name = "corp",
                                  .cert = folder_ + "cert",
                                  .key = folder_ + "key",
                                  .ca = folder_ + "ca",
                                  .client_auth = auth},
          .limits = limits});
  }

  void Make(Front::Options options) {
    front_ = std::make_unique<Front>(
        std::move(options),
        Front::Told{.taken =
                        [this](int descriptor, const Peer& peer) {
                          const std::lock_guard lock(mutex_);
                          served_.push_back(std::make_unique<Descriptor>(descriptor));
                          peers_.push_back(peer);
                        },
                    .news = {.refused =
                                 [this](const Peer& peer, const std::string& why) {
                                   EXPECT_TRUE(peer.address.starts_with(peer.process ? "pid "
                                                                                     : "127.0.0."));
                                   const std::lock_guard lock(mutex_);
                                   refusals_.push_back(why);
                                 },
                             .limit_hit =
                                 [this](std::string_view limit, std::uint64_t times) {
                                   const std::lock_guard lock(mutex_);
                                   hits_[std::string(limit)] += times;
                                 }},
                    .asks = asks_});
    const auto port = front_->Listen("127.0.0.1", 0);
    ASSERT_TRUE(port) << port.error().message;
    port_ = *port;
  }

  static KeyPair NewPair(const KeyPair& authority) {
    return Issue(authority, {.name = "server", .alternative = "DNS:server.corp"});
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name + ".new") << text;
    chmod((folder_ + name + ".new").c_str(), 0600);
    fs::rename(folder_ + name + ".new", folder_ + name);
  }
  void WritePair(const KeyPair& pair) const {
    Write("cert", pair.cert);
    Write("key", pair.key);
  }
  static bool Eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  // The server's end of connection `i`, once it is there.
  std::unique_ptr<Descriptor> Served(std::size_t i) {
    EXPECT_TRUE(Eventually([&] { return CountServed() > i; }));
    const std::lock_guard lock(mutex_);
    return std::move(served_.at(i));
  }
  std::size_t CountServed() {
    const std::lock_guard lock(mutex_);
    return served_.size();
  }
  std::vector<std::string> Refusals() {
    const std::lock_guard lock(mutex_);
    return refusals_;
  }
  std::uint64_t Hits(const std::string& limit) {
    const std::lock_guard lock(mutex_);
    return hits_[limit];
  }
  bool IsRefusedAs(const std::string& words) {
    return Eventually([&] {
      const auto all = Refusals();
      return std::ranges::any_of(all, [&](const auto& one) { return one.contains(words); });
    });
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-front-" + std::to_string(getpid()) + "/";
  const KeyPair authority_ = test::MakeAuthority("root");
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Descriptor>> served_;        // protected by mutex_
  std::vector<Peer> peers_;                                // protected by mutex_
  std::vector<std::string> refusals_;                      // protected by mutex_
  std::map<std::string, std::uint64_t> hits_;              // protected by mutex_
  std::function<void(const Peer&, Front::Verdict)> asks_;  // of the next Make()
  std::unique_ptr<Front> front_;
};

}  // namespace fairlead::front::testing
