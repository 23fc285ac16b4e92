// What stands before a server that believes everything: whatever pieces a client's bytes come in,
// they pass or do not pass alike, and what is held of a client stays below its limit.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "front/frame_guard.h"
#include "fuzz/frames.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

using h2::testing::Raw;

constexpr std::uint32_t kAnyNumber = 1'000'000;
constexpr front::GuardLimits kLimits = {
    .header_list_bytes_max = 500,
    .calls_max = 3,
    .unfinished_bytes_max = 300,
    // Of a second's frames it is the last piece that tells.
    .frames_per_second_max = kAnyNumber,
    .control_frames_per_second_max = kAnyNumber,
    .resets_per_minute_max = kAnyNumber,
};

class Listener {
 public:
  explicit Listener(bool is_in_pieces) : is_in_pieces_(is_in_pieces) {}

  // Frames on a stream of an odd number are the client's, others the server's. False: it is cut
  // off.
  bool Hear(const std::string& bytes) {
    if (bytes.size() >= h2::kFrameHeadBytes && bytes[8] % 2 == 0 && bytes[8] != 0) {
      guard_.FromServer(Raw(bytes), now_);
      return true;
    }
    now_ += std::chrono::seconds(1);
    std::optional<front::Breach> breach;
    const auto feed = [&](std::string_view piece) {
      breach = guard_.FromClient(Raw(piece), now_);
      return !breach;
    };
    if (is_in_pieces_)
      InPieces(bytes, 7, feed);
    else
      feed(bytes);
    if (!breach) {
      CHECK(guard_.unfinished_bytes() <= kLimits.unfinished_bytes_max);
      breach = guard_.Sweep(now_);
    }
    log_ += std::to_string(guard_.has_greeted()) + " " +
            (breach ? std::string(breach->why) : std::to_string(guard_.unfinished_bytes()));
    if (breach) log_ += std::to_string(guard_.LastWord(*breach).size());
    return !breach;
  }
  const std::string& log() const { return log_; }

 private:
  const bool is_in_pieces_;
  TimePoint now_{std::chrono::hours(1)};
  front::FrameGuard guard_{kLimits, now_};
  std::string log_;
};

void Talk(const std::vector<std::string>& bytes) {
  Listener whole(/*is_in_pieces=*/false);
  Listener cut(/*is_in_pieces=*/true);
  HearAlike(whole, cut, bytes);
}

}  // namespace

int FuzzFrameGuard(std::string_view input) {
  std::vector<std::string> frames = FramesOf(input);
  frames.insert(frames.begin(), std::string(h2::kClientPreface) + h2::testing::Frame(4, 0, 0, ""));
  Talk(frames);
  Talk({std::string(input)});  // and as its own first bytes
  return 0;
}

}  // namespace fairlead::fuzz
