// A server that calls of many kinds are made to at once, and that answers what it likes: whatever
// pieces its bytes come in, each call ends alike, and once.
#include <array>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "fuzz/frames.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"
#include "h2/call_session.h"

namespace fairlead::fuzz {
namespace {

using h2::CallStream;
using h2::testing::Raw;

constexpr std::size_t kCalls = 3;

class Caller : private h2::CallEvents {
 public:
  explicit Caller(bool is_in_pieces) : is_in_pieces_(is_in_pieces) {}

  // False: the connection is over.
  bool Hear(const std::string& bytes) {
    bool goes_on = true;
    const auto feed = [&](std::string_view piece) {
      return goes_on = session_.Feed(Raw(piece), *this);
    };
    if (is_in_pieces_) {
      InPieces(bytes, 7, feed);
    } else {
      feed(bytes);
    }
    if (goes_on) Call();
    Take();
    CHECK(goes_on || !session_.trouble().empty());
    return goes_on;
  }
  void HangUp() {
    session_.Abandon("it broke", *this);
    CHECK(open_.empty());
  }
  const std::string& log() const { return log_; }

 private:
  void OnHead(CallStream& stream, const h2::FieldList& fields) override {
    CHECK(open_.contains(&stream));
    Log("head", stream, std::to_string(fields.size()));
  }
  void OnData(CallStream& stream, std::span<const std::byte> data) override {
    CHECK(open_.contains(&stream) && stream.has_head);
    for (const std::byte one : data) Log("data", stream, std::to_string(static_cast<int>(one)));
    // One of the calls never gives back what it got, and one has had enough of it.
    if (&stream == calls_.data()) session_.Release(stream, data.size(), h2::kDefaultWindow);
    if (&stream == &calls_[1]) Leave(stream);
  }
  void OnEnd(CallStream& stream, const h2::FieldList* trailers) override {
    Log("end", stream, trailers != nullptr ? std::to_string(trailers->size()) : "");
    CHECK(open_.erase(&stream) == 1);
  }
  void OnFailure(CallStream& stream, const h2::StreamFailure& failure) override {
    CHECK(!failure.why.empty() && failure.code != Code::kOk);
    Log("failed", stream, failure.why + (failure.is_unseen ? ", unseen" : ""));
    CHECK(open_.erase(&stream) == 1);
  }

  void Leave(CallStream& stream) {
    session_.Reset(stream, h2::Http2Error::kCancel);
    open_.erase(&stream);
  }
  void Call() {
    for (CallStream& stream : calls_) {
      if (open_.contains(&stream) || !session_.CanOpen()) continue;
      session_.Open(stream, Raw(h2::testing::Field(":path", "/a.B/C")));
      open_.insert(&stream);
      const std::vector<std::byte> body(session_.Allowed(stream) / 2);
      session_.Send(stream, body, /*ends=*/stream.id % 4 == 1);
    }
  }
  void Take() {
    log_ += "sent " + std::to_string(session_.output().size()) + "\n";
    session_.TakeOutput(session_.output().size());
  }
  void Log(const char* what, const CallStream& stream, const std::string& more) {
    log_ += std::string(what) + " " + std::to_string(stream.id) + " " + more + "\n";
  }

  const bool is_in_pieces_;
  const h2::CallSessionLimits limits_{.header_list_bytes_max = 512};
  h2::CallSession session_{limits_};
  std::array<CallStream, kCalls> calls_;
  std::set<const CallStream*> open_;
  std::string log_;
};

}  // namespace

int FuzzH2Caller(std::string_view input) {
  Caller whole(/*is_in_pieces=*/false);
  Caller cut(/*is_in_pieces=*/true);
  std::vector<std::string> frames = FramesOf(input);
  frames.insert(frames.begin(), h2::testing::Frame(4, 0, 0, ""));
  HearAlike(whole, cut, frames);
  whole.HangUp();
  cut.HangUp();
  CHECK(whole.log() == cut.log());
  return 0;
}

}  // namespace fairlead::fuzz
