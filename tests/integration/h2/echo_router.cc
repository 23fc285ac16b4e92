#include "integration/h2/echo_router.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <deque>
#include <thread>

namespace fairlead::h2::testing {

namespace {

SharedBytes Copy(std::span<const std::byte> bytes) {
  return std::make_shared<const Bytes>(bytes.begin(), bytes.end());
}

class EchoHandler final : public StreamHandler {
 public:
  EchoHandler(EchoRouter& router, ServerStream& stream, std::string path)
      : router_(router), stream_(stream), path_(std::move(path)) {}

  void OnMessage(std::span<const std::byte> message) override {
    if (path_ == "/echo/End") return stream_.Finish(Code::kResourceExhausted, "enough");
    if (path_ == "/echo/Push") {
      std::size_t size = 0;
      const auto* text = reinterpret_cast<const char*>(message.data());
      std::from_chars(text, text + message.size(), size);
      stream_.Write(std::make_shared<const Bytes>(size, std::byte{'x'}), {});
      return stream_.Finish(Code::kOk, "");
    }
    queue_.push_back(Copy(message));
    Next();
  }

  void OnWritten() override { Next(); }
  void OnHalfClose() override {
    half_closed_ = true;
    Next();
  }
  void OnClosed() override { ++router_.closed; }

 private:
  void Next() {
    while (!queue_.empty() && !stream_.write_pending() && !finished_) {
      if (path_ == "/echo/Flood") {
        stream_.Write(std::make_shared<const Bytes>(65'536, std::byte{'f'}), {});
      } else {
        const std::byte tail[] = {std::byte{'#'}};
        stream_.Write(queue_.front(), tail);
        queue_.pop_front();
      }
    }
    if (queue_.empty() && half_closed_ && !stream_.write_pending() && !finished_) {
      finished_ = true;
      stream_.Finish(Code::kOk, "");
    }
  }

  EchoRouter& router_;
  ServerStream& stream_;
  const std::string path_;
  std::deque<SharedBytes> queue_;
  bool half_closed_ = false;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<StreamHandler>> EchoRouter::Open(const RequestHead& head,
                                                        ServerStream& stream) {
  last_pid = head.peer.pid;
  last_timeout_ms =
      head.timeout ? std::chrono::duration_cast<std::chrono::milliseconds>(*head.timeout).count()
                   : -1;
  if (head.path == "/echo/Refuse") return Fail(Code::kNotFound, "no such thing: 100% sure");
  if (!head.path.starts_with("/echo/")) return Fail(Code::kUnimplemented, "unknown method");
  ++opened;
  return std::make_unique<EchoHandler>(*this, stream, head.path);
}

void EchoRouter::OnTrouble(const Peer& peer, const std::string& why) {
  EXPECT_EQ(peer.address, "127.0.0.1");
  const std::lock_guard lock(mutex_);
  troubles_.push_back(why);
}

std::vector<std::string> EchoRouter::troubles() const {
  const std::lock_guard lock(mutex_);
  return troubles_;
}

EchoServer::EchoServer(const ServerLimits& limits, std::optional<tls::Profile> profile) {
  char made[] = "/tmp/fairlead-h2-XXXXXX";
  directory_ = mkdtemp(made);
  socket_path_ = directory_ + "/s.sock";
  thread_.RunAndWait([&] {
    server_ = std::make_unique<Server>(thread_.loop(), limits, router_);
    if (profile) {
      profile_ = std::make_unique<ServerProfile>(
          thread_.loop(), *profile, tls::ServerProtocol::kHttp2, tls::LiveProfile::Tell{});
    }
    const Result<std::uint16_t> port =
        server_->ListenTcp("127.0.0.1", 0, profile_ ? profile_->transports() : TransportMaker{});
    EXPECT_TRUE(port.has_value());
    port_ = port.value_or(0);
    EXPECT_TRUE(server_->ListenUnix(socket_path_, 0600).has_value());
  });
}

EchoServer::~EchoServer() {
  thread_.RunAndWait([&] {
    server_.reset();
    profile_.reset();
  });
  EXPECT_EQ(router_.opened, router_.closed) << "every handler hears OnClosed exactly once";
  EXPECT_EQ(rmdir(directory_.c_str()), 0) << "the socket file goes with its server";
}

ServerCounters EchoServer::counters() {
  ServerCounters counters;
  thread_.RunAndWait([&] { counters = server_->counters(); });
  return counters;
}

void EchoServer::Drain() {
  thread_.RunAndWait([&] { server_->Drain(); });
}

bool EchoServer::Eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace fairlead::h2::testing
