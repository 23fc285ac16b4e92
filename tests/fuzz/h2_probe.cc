// A server that is asked for its health again and again, and answers what it likes: whatever pieces
// its bytes come in, each check ends alike.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "fuzz/frames.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"
#include "h2/answer.h"
#include "h2/client.h"
#include "h2/lean_session.h"

namespace fairlead::fuzz {
namespace {

using h2::testing::Raw;

class Asker {
 public:
  explicit Asker(bool is_in_pieces) : is_in_pieces_(is_in_pieces) {
    session_.OpenWatch(request_, limits_, out_);
    Ask();
  }

  // False: the peer breaks HTTP/2.
  bool Hear(const std::string& bytes) {
    bool goes_on = true;
    out_.clear();
    const auto feed = [&](std::string_view piece) {
      return goes_on = session_.Feed(Raw(piece), answer_ ? &*answer_ : nullptr, out_);
    };
    if (is_in_pieces_) {
      InPieces(bytes, 7, feed);
    } else {
      feed(bytes);
    }
    Log("replied", std::to_string(out_.size()));
    if (session_.TakeAlive()) Log("alive", "");
    while (session_.has_watch_news()) LogWatch(session_.TakeWatchNews());
    if (answer_ && session_.is_over()) {
      const h2::CallResult result = answer_->Conclude(session_.reset_code());
      Log("ended", std::to_string(static_cast<int>(result.end)) + " " + result.detail);
      CHECK(result.end == h2::CallEnd::kAnswered || !result.detail.empty());
      answer_.reset();
    }
    if (goes_on && !answer_) Ask();
    return goes_on;
  }
  const std::string& log() const { return log_; }

 private:
  void Ask() {
    if (!session_.CanAsk()) return;
    answer_.emplace(limits_);
    Log("asked", std::to_string(session_.Ask(session_.CanPing()).size()));
  }
  void LogWatch(const h2::WatchNews& news) {
    Log("watch", std::to_string(news.message ? news.message->size() : 0) +
                     (news.end ? news.end->message : ""));
  }
  void Log(const char* what, const std::string& more) {
    log_ += std::string(what) + " " + more + "\n";
  }

  const bool is_in_pieces_;
  const h2::ClientLimits limits_;
  const h2::UnaryRequest request_ =
      h2::UnaryRequest::Make("host:1", "/a.B/C", {}, std::chrono::seconds(1));
  h2::LeanSession session_{request_, {.next_id = 3, .send_window = 200, .streams_max = 4}};
  std::optional<h2::Answer> answer_;
  std::vector<std::byte> out_;
  std::string log_;
};

}  // namespace

int FuzzH2Probe(std::string_view input) {
  Asker whole(/*is_in_pieces=*/false);
  Asker cut(/*is_in_pieces=*/true);
  HearAlike(whole, cut, FramesOf(input));
  return 0;
}

}  // namespace fairlead::fuzz
