// AnswerReader: what an engine sends on one connection, in whatever pieces it comes, to one answer
// or to the bytes of one endless stream. Pure: bytes in, values out.
//
// Why apart from the socket: an answer is bytes from outside, and every odd one is tried without a
// peer. The result does not depend on the pieces.
// Threads: none; one exchange, one reader. Redirects are only a status here; compression is
// refused. Invariant: holds at most `read_buffer_bytes` of what is not understood yet, and a body
// of at most the question's limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "docker/limits.h"

namespace fairlead::docker {

struct HttpAnswer {
  unsigned status = 0;
  std::string api_version;  // the Api-Version header
  std::string body;
  std::int32_t peer_pid = 0;  // who listens on the unix socket; 0: not to be seen
};

// Whoever wants the body piece by piece. Used for an answer with status 200 only.
struct BodySink {
  std::function<void()> on_open;                       // once, when the header is in
  std::function<Result<>(std::string_view)> on_bytes;  // its error ends the reading
};

class AnswerReader {
 public:
  // `doing` begins every message. A default-made sink: the body is collected.
  AnswerReader(std::string doing, const EngineLimits& limits, std::size_t body_bytes_max,
               BodySink sink = {});
  ~AnswerReader();
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  // Takes what came. Bytes behind the answer's end are ignored. kDataLoss: not HTTP, over a limit,
  // compressed; or the sink's error. The reader is then of no more use.
  Result<> Feed(std::string_view bytes);
  // The peer has closed. kUnavailable when the answer was cut.
  Result<> End();

  bool is_done() const { return is_done_; }
  // The sink's on_open was called.
  bool is_open() const { return is_open_; }

  // REQUIRES: is_done(), and that the body was collected.
  HttpAnswer Take() { return std::move(answer_); }

 private:
  class Parser;

  void Begin();
  Result<> Parse();
  Result<> OnHead();
  std::unexpected<Error> Refuse(std::string_view why) const;

  const std::string doing_;
  const EngineLimits limits_;
  const std::size_t body_bytes_max_;
  const BodySink sink_;
  std::unique_ptr<Parser> parser_;  // a new one for each interim answer
  std::string pending_;             // came and is not understood yet
  std::size_t head_bytes_ = 0;      // of the header, as far as it is understood
  int interim_answers_ = 0;
  bool is_done_ = false;
  bool is_open_ = false;
  HttpAnswer answer_;
};

}  // namespace fairlead::docker
