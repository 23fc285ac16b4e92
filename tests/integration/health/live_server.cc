#include "integration/health/live_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "h2/frames.h"
#include "h2/socket_address.h"
#include "integration/h2/frames.h"

namespace fairlead::health::testing {

namespace {

constexpr std::size_t kPrefaceBytes = 24;

using h2::testing::Field;
using h2::testing::Frame;

// The client announced an empty header table: its size comes first.
std::string Answer(unsigned stream) {
  return Frame(1, 4, stream,
               "\x20" + Field(":status", "200") + Field("content-type", "application/grpc")) +
         Frame(0, 0, stream, std::string("\0\0\0\0\2\x08\1", 7)) +
         Frame(1, 5, stream, Field("grpc-status", "0"));
}

std::string EndByHand(unsigned stream) {
  return Frame(1, 5, stream,
               Field(":status", "200") + Field("content-type", "application/grpc") +
                   Field("grpc-status", "1"));
}

// False when nobody is there any more.
bool Say(int descriptor, const std::string& bytes) {
  return bytes.empty() || send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                              static_cast<ssize_t>(bytes.size());
}

}  // namespace

LiveServer::LiveServer() {
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto any = h2::SocketAddress::Ip("127.0.0.1", 0);
  if (bind(listening_, any->get(), any->size()) != 0 || listen(listening_, 64) != 0)
    std::terminate();
  port_ = h2::SocketAddress::OfSocket(listening_).port();
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { Serve(); });
}

LiveServer::~LiveServer() {
  is_over_ = true;
  Be(Mood::kServes);
  thread_.join();
  for (const auto& [descriptor, connection] : open_) close(descriptor);
  close(listening_);
  close(wake_);
}

void LiveServer::Be(Mood mood) {
  mood_ = mood;
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) != sizeof one) std::terminate();
}

void LiveServer::Serve() {
  while (!is_over_) {
    std::vector<pollfd> watched = {{wake_, POLLIN, 0}};
    const Mood mood = mood_;
    if (mood != Mood::kFrozen) watched.push_back({listening_, POLLIN, 0});
    for (const auto& [descriptor, connection] : open_) {
      const bool is_deaf = mood == Mood::kFrozen || (mood == Mood::kDeafOfOld && connection.is_old);
      if (!is_deaf) watched.push_back({descriptor, POLLIN, 0});
    }
    if (poll(watched.data(), watched.size(), 10'000) <= 0) return;
    std::uint64_t count = 0;
    if (watched[0].revents != 0 && read(wake_, &count, sizeof count) > 0) {
      for (auto& [descriptor, connection] : open_) {
        connection.is_old = mood_ == Mood::kDeafOfOld;
        if (mood_ == Mood::kServes) Say(descriptor, std::exchange(connection.held, {}));
      }
      continue;
    }
    for (const pollfd& one : watched) {
      if (one.revents == 0) continue;
      if (one.fd == listening_) {
        open_[accept(listening_, nullptr, nullptr)];
        ++connections_;
      } else if (const auto found = open_.find(one.fd);
                 found != open_.end() && !Read(one.fd, found->second)) {
        close(one.fd);
        open_.erase(found);
      }
    }
  }
}

bool LiveServer::Read(int descriptor, Connection& connection) {
  std::array<char, 4096> buffer;
  const ssize_t got = recv(descriptor, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  connection.bytes.append(buffer.data(), static_cast<std::size_t>(got));
  if (connection.settings == 0) {
    if (connection.bytes.size() < kPrefaceBytes) return true;
    connection.bytes.erase(0, kPrefaceBytes);
    if (!Say(descriptor, h2::testing::Settings())) return false;
  }
  return TakeFrames(descriptor, connection);
}

bool LiveServer::TakeFrames(int descriptor, Connection& connection) {
  std::string out;
  while (connection.bytes.size() >= h2::kFrameHeadBytes) {
    const auto* data = reinterpret_cast<const std::byte*>(connection.bytes.data());
    const h2::FrameHead head = h2::ReadFrameHead(data);
    if (connection.bytes.size() < h2::kFrameHeadBytes + head.length) break;
    connection.bytes.erase(0, h2::kFrameHeadBytes + head.length);
    if (head.type == h2::frame::kSettings && !head.Has(h2::frame::kAck)) {
      const bool is_ping = connection.settings++ > 0;
      if (is_ping) ++pings_;
      if (is_ping && mood_ == Mood::kAnnoyed) {
        ++goaways_;
        Say(descriptor,
            out + Frame(7, 0, 0,
                        std::string(4, '\0') + std::string("\0\0\0\x0b", 4) + "too_many_pings"));
        return false;
      }
      out += Frame(4, 1, 0, "");
    }
    if (head.type == h2::frame::kReset && !connection.held.empty())
      connection.held = EndByHand(static_cast<unsigned>(head.stream));
    if (head.type != h2::frame::kData || !head.Has(h2::frame::kEndStream)) continue;
    ++checks_;
    std::string& to = mood_ == Mood::kHangs ? connection.held : out;
    to += Answer(static_cast<unsigned>(head.stream));
  }
  return Say(descriptor, out);
}

}  // namespace fairlead::health::testing
