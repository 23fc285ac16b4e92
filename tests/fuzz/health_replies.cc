// What a replica answers to a check: over HTTP, as a message of grpc.health.v1, and to the probe.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"
#include "h2/answer.h"
#include "health/grpc_health.h"
#include "health/http_reply.h"
#include "probe/reply.h"
#include "unit/h2/wire.h"

namespace fairlead::fuzz {
namespace {

using h2::testing::Raw;

// What a few bytes say is not taken back when more come.
void ReadHttp(std::string_view input) {
  std::optional<spec::CheckOutcome> told;
  for (std::size_t size = 0; size <= std::min<std::size_t>(input.size(), 64); ++size) {
    const auto outcome = health::ReadHttpReply(input.substr(0, size), /*at_end=*/false);
    if (told) CHECK(outcome && outcome->check_class == told->check_class);
    told = outcome;
  }
  CHECK(health::ReadHttpReply(input, /*at_end=*/true).has_value());
  static_cast<void>(h2::SpeaksOtherwise(Raw(input)));
}

void ReadMessage(std::string_view input) {
  const auto status = health::DecodeHealthStatus(Raw(input));
  const auto news = health::NewsOfWatch(Raw(input), std::nullopt);
  if (news && news->check_class == spec::CheckClass::kServing) CHECK(status == 1U);
}

// "name value" lines, an empty one, and the messages in their frames.
std::string Conclusion(std::string_view input, probe::CallKind kind, bool is_in_pieces) {
  std::string told;
  const h2::ClientLimits limits;
  probe::Reply reply(kind, limits, [&](std::span<const std::byte> message) {
    told += "message of " + std::to_string(message.size()) + "\n";
  });
  bool goes_on =
      reply.OnField(":status", "200") && reply.OnField("content-type", "application/grpc");
  while (goes_on && !input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line.empty()) break;
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::string_view value = line.substr(std::min(blank + 1, line.size()));
    goes_on = reply.OnField(line.substr(0, blank), value);
  }
  if (goes_on && is_in_pieces) {
    InPieces(input, 5, [&](std::string_view piece) { return reply.OnData(Raw(piece)); });
  } else if (goes_on) {
    reply.OnData(Raw(input));
  }
  const h2::CallResult result = reply.Conclude(std::nullopt);
  return told + std::to_string(static_cast<int>(result.end)) + " " + result.detail;
}

}  // namespace

int FuzzHealthReplies(std::string_view input) {
  ReadHttp(input);
  ReadMessage(input);
  for (const auto kind : {probe::CallKind::kUnary, probe::CallKind::kStream})
    CHECK(Conclusion(input, kind, false) == Conclusion(input, kind, true));
  return 0;
}

}  // namespace fairlead::fuzz
