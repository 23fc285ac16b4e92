// A client's bytes and a server session that hears them, for the tests of the session.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "h2/server_session.h"
#include "unit/h2/wire.h"

namespace fairlead::h2::testing {

inline constexpr unsigned kData = 0, kHeaders = 1, kPriority = 2, kReset = 3, kSettings = 4,
                          kPush = 5, kPing = 6, kGoAway = 7, kWindow = 8, kContinuation = 9;
inline constexpr unsigned kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8,
                          kHasPriority = 0x20;
inline const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string Fields(std::string_view extra = "") {
  return Field(":method", "POST") + Field(":scheme", "http") + Field(":path", "/a.B/C") +
         Field(":authority", "host") + Field("content-type", "application/grpc") +
         std::string(extra);
}
inline std::string Open(unsigned stream, unsigned flags = kEndHeaders) {
  return Frame(kHeaders, flags, stream, Fields());
}
inline std::string Number(unsigned type, unsigned stream, std::uint32_t number) {
  return Frame(type, 0, stream, Big32(number));
}
inline std::string OneSetting(unsigned id, std::uint32_t value) {
  return Frame(kSettings, 0, 0, std::string{'\0', static_cast<char>(id)} + Big32(value));
}

struct Sent {
  unsigned type = 0, flags = 0;
  std::int32_t stream = 0;
  std::uint32_t number = 0;  // the first four bytes of the payload; GOAWAY: the error
};

class ServerSessionTest : public ::testing::Test, protected SessionEvents {
 protected:
  ServerSessionTest() { Restart(); }

  void Restart(const ServerLimits& limits = {}) {
    limits_ = limits;
    open_.clear();
    log_.clear();
    session_ = std::make_unique<ServerSession>(limits_);
    session_->TakeOutput(session_->output().size());
  }
  // The preface and SETTINGS of a client; what it makes us say is forgotten.
  void Greet() {
    ASSERT_TRUE(Feed(kPreface + Frame(kSettings, 0, 0, "")));
    Output();
  }
  bool Feed(std::string_view bytes, std::size_t step = SIZE_MAX) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
      // A copy of just these bytes, so that a sanitizer sees every look beyond them.
      if (!session_->Feed(Raw(bytes.substr(0, step)), *this)) return false;
    }
    return true;
  }
  std::vector<Sent> Output() {
    std::vector<Sent> frames;
    auto rest = session_->output();
    while (!rest.empty()) {
      const FrameHead head = ReadFrameHead(rest.data());
      const std::size_t skip = head.type == kGoAway ? 4 : 0;
      frames.push_back({head.type, head.flags, head.stream,
                        head.length >= skip + 4 ? ReadBig32(rest.data() + 9 + skip) : 0});
      rest = rest.subspan(kFrameHeadBytes + head.length);
    }
    session_->TakeOutput(session_->output().size());
    return frames;
  }
  // What `bytes` end the connection with; kNone when they do not.
  Http2Error ErrorOf(std::string_view bytes) {
    if (Feed(bytes)) return Http2Error::kNone;
    const std::vector<Sent> frames = Output();
    EXPECT_EQ(frames.back().type, kGoAway);
    return static_cast<Http2Error>(frames.back().number);
  }
  // What `bytes` reset stream `id` with, while the connection goes on; kNone when they do not.
  Http2Error ResetOf(std::string_view bytes, std::int32_t id) {
    EXPECT_TRUE(Feed(bytes));
    for (const Sent& frame : Output()) {
      if (frame.type == kReset && frame.stream == id) return static_cast<Http2Error>(frame.number);
    }
    return Http2Error::kNone;
  }
  SessionStream& stream(std::int32_t id) {
    return **std::ranges::find(open_, id, [](const auto& one) { return one->id; });
  }

  void OnRequest(std::int32_t id, Request&& request, bool ends) override {
    log_ += "request " + std::to_string(id) + " " + request.path + (ends ? " end" : "") + "\n";
    last_ = request;
    auto opened = std::make_unique<SessionStream>();
    session_->Open(*opened, id, request, ends);
    open_.push_back(std::move(opened));
  }
  void OnData(SessionStream& stream, std::span<const std::byte> data) override {
    data_[stream.id].append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  void OnEnd(SessionStream& stream) override { log_ += "end " + std::to_string(stream.id) + "\n"; }
  void OnReset(SessionStream& stream) override {
    log_ += "reset " + std::to_string(stream.id) + "\n";
  }

  ServerLimits limits_;
  std::unique_ptr<ServerSession> session_;
  std::vector<std::unique_ptr<SessionStream>> open_;
  std::map<std::int32_t, std::string> data_;
  Request last_;
  std::string log_;
};

}  // namespace fairlead::h2::testing
