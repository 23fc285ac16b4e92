// Our side of a connection, and a client that sends what it likes: whatever pieces its bytes come
// in, the same happens.
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "fuzz/frames.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"
#include "h2/frames.h"
#include "h2/server_session.h"

namespace fairlead::fuzz {
namespace {

using h2::ServerSession;
using h2::SessionStream;
using h2::testing::Field;
using h2::testing::Raw;

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Takes every request, gives back what it gets, and answers what has ended.
class Owner : private h2::SessionEvents {
 public:
  explicit Owner(bool is_in_pieces) : is_in_pieces_(is_in_pieces) { TakeOutput(); }

  // False: the connection is over.
  bool Hear(const std::string& bytes) {
    bool goes_on = true;
    if (is_in_pieces_) {
      InPieces(bytes, 7,
               [&](std::string_view piece) { return goes_on = session_.Feed(Raw(piece), *this); });
    } else {
      goes_on = session_.Feed(Raw(bytes), *this);
    }
    if (goes_on) AnswerEnded();
    TakeOutput();
    log_ += goes_on ? "" : "over\n";
    return goes_on;
  }
  const std::string& log() const { return log_; }

 private:
  void OnRequest(std::int32_t id, h2::Request&& request, bool ends) override {
    Log("request", id, request.path);
    auto stream = std::make_unique<SessionStream>();
    stream->keeps_body = id % 4 == 1;
    session_.Open(*stream, id, request, ends);
    open_.push_back(std::move(stream));
  }
  void OnData(SessionStream& stream, std::span<const std::byte> data) override {
    for (const std::byte one : data) Log("data", stream.id, std::to_string(static_cast<int>(one)));
    if (stream.keeps_body) session_.Release(stream, data.size(), h2::kDefaultWindow);
  }
  void OnEnd(SessionStream& stream) override { Log("end", stream.id, ""); }
  void OnReset(SessionStream& stream) override {
    Log("reset", stream.id, "");
    std::erase_if(open_, [&](const auto& one) { return one.get() == &stream; });
  }

  void AnswerEnded() {
    std::erase_if(open_, [&](const auto& stream) {
      if (!stream->has_ended) return false;
      session_.SendHeaders(stream->id, Raw(Field(":status", "200")), /*ends=*/false);
      session_.Sent(*stream, session_.Allowed(*stream));
      session_.SendEnd(stream->id);
      session_.Close(*stream);
      return true;
    });
  }
  // Whole frames, and no end without a word.
  void TakeOutput() {
    auto rest = session_.output();
    while (!rest.empty()) {
      CHECK(rest.size() >= h2::kFrameHeadBytes);
      const h2::FrameHead head = h2::ReadFrameHead(rest.data());
      CHECK(rest.size() >= h2::kFrameHeadBytes + head.length);
      Log("sent", head.stream, std::to_string(static_cast<int>(head.type)));
      rest = rest.subspan(h2::kFrameHeadBytes + head.length);
    }
    session_.TakeOutput(session_.output().size());
    CHECK(!session_.has_output());
  }
  void Log(const char* what, std::int32_t stream, const std::string& more) {
    log_ += std::string(what) + " " + std::to_string(stream) + " " + more + "\n";
  }

  const bool is_in_pieces_;
  const h2::ServerLimits limits_;
  ServerSession session_{limits_};
  std::vector<std::unique_ptr<SessionStream>> open_;
  std::string log_;
};

void Talk(const std::vector<std::string>& bytes) {
  Owner whole(/*is_in_pieces=*/false);
  Owner cut(/*is_in_pieces=*/true);
  HearAlike(whole, cut, bytes);
}

}  // namespace

int FuzzH2Server(std::string_view input) {
  std::vector<std::string> frames = FramesOf(input);
  frames.insert(frames.begin(), kPreface + h2::testing::Frame(4, 0, 0, ""));
  Talk(frames);
  Talk({std::string(input)});  // and as its own first bytes
  return 0;
}

}  // namespace fairlead::fuzz
