// What the daemon and its actuator say to each other, as bytes: a question in one packet, and the
// head that comes before the engine's own bytes of the answer.
//
// Why so small: whoever has taken the daemon over can send any bytes, and what reads them holds the
// engine's socket. So there are fixed fields, each read once, and nothing that nests.
// Threads: any; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "docker/engine_request.h"

namespace fairlead::docker {

// A question's longest: 18 bytes of numbers, an id and a signal with a length each of one byte.
inline constexpr std::size_t kQuestionBytesMax = 18 + 2 * 256;

// REQUIRES: LineOf(request) is one.
std::string WriteQuestion(const EngineRequest& request);

// kInvalidArgument: no question, or one that LineOf() refuses. What is read is written the same.
Result<EngineRequest> ReadQuestion(std::string_view packet);

// Before the first byte of the engine's, or in place of it.
struct AnswerHead {
  Error refusal = {.code = Code::kOk, .message = {}};  // kOk: the engine's bytes follow
  std::int32_t peer_pid = 0;                           // who listens on the engine's unix socket
  bool operator==(const AnswerHead&) const = default;
};

// Of a message, which is cut to it.
inline constexpr std::size_t kHeadMessageBytesMax = 1024;

std::string WriteHead(const AnswerHead& head);

struct HeadRead {
  AnswerHead head;
  std::size_t bytes = 0;  // of `text`; the engine's follow
};
// Nothing: not all of it is there yet. kDataLoss: no head.
Result<std::optional<HeadRead>> ReadHead(std::string_view text);

}  // namespace fairlead::docker
