// An engine's HTTP answer: whatever the pieces, the same answer; whatever the bytes, within limits.
#include <optional>
#include <string>

#include "base/check.h"
#include "docker/answer_reader.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

using docker::AnswerReader;
using docker::EngineLimits;
using docker::HttpAnswer;

// Small, so that short inputs reach every limit.
EngineLimits SmallLimits() {
  EngineLimits limits;
  limits.header_bytes_max = 256;
  limits.read_buffer_bytes = 512;
  return limits;
}
constexpr std::size_t kBodyBytesMax = 200;

// What reading came to. Which of two errors a broken answer gives may depend on the pieces: one
// that is both wrong and cut is seen as either.
struct Outcome {
  bool is_read = false;
  HttpAnswer answer;
  std::string streamed;
  int opened = 0;
};

void CheckFailure(const Error& error) {
  CHECK(error.code == Code::kDataLoss || error.code == Code::kUnavailable);
  CHECK(error.message.starts_with("fuzz: "));
}

Outcome Read(std::string_view input, std::optional<unsigned> piece_seed, bool is_stream) {
  Outcome outcome;
  docker::BodySink sink;
  if (is_stream) {
    sink = {.on_open = [&] { ++outcome.opened; },
            .on_bytes = [&](std::string_view bytes) -> Result<> {
              CHECK(!bytes.empty());
              outcome.streamed.append(bytes);
              return {};
            }};
  }
  AnswerReader reader("fuzz", SmallLimits(), kBodyBytesMax, sink);
  Result<> fed;
  const auto take = [&](std::string_view bytes) {
    fed = reader.Feed(bytes);
    return fed.has_value();
  };
  if (piece_seed) {
    InPieces(input, *piece_seed, take);
  } else {
    take(input);
  }
  if (fed) fed = reader.End();
  if (!fed) {
    CheckFailure(fed.error());
    return outcome;
  }
  outcome.is_read = true;
  CHECK(reader.is_done());
  outcome.answer = reader.Take();
  return outcome;
}

void CheckSame(const Outcome& whole, const Outcome& pieces) {
  CHECK(whole.is_read == pieces.is_read);
  CHECK(whole.opened == pieces.opened && whole.opened <= 1);
  CHECK(whole.streamed == pieces.streamed);
  CHECK(whole.answer.status == pieces.answer.status);
  CHECK(whole.answer.body == pieces.answer.body);
  CHECK(whole.answer.api_version == pieces.answer.api_version);
}

}  // namespace

int FuzzEngineAnswer(std::string_view input) {
  const unsigned seed = input.empty() ? 0 : static_cast<unsigned char>(input.back());
  for (const bool is_stream : {false, true}) {
    const Outcome whole = Read(input, std::nullopt, is_stream);
    CheckSame(whole, Read(input, seed, is_stream));
    if (!whole.is_read) continue;
    CHECK(whole.answer.status >= 200 && whole.answer.status <= 999);
    CHECK(whole.answer.body.size() <= kBodyBytesMax);
    CHECK(whole.opened == (is_stream && whole.answer.status == 200 ? 1 : 0));
    CHECK(whole.opened == 0 || whole.answer.body.empty());
  }
  return 0;
}

}  // namespace fairlead::fuzz
