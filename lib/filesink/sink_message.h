// What is asked of the process that keeps files of other programs, and what it answers, as bytes: a
// packet each, of fixed fields (base/packet_fields.h). Where a page is asked about its bytes follow
// the question (page_pieces.h).
//
// Why addresses as numbers: what comes out is a literal address, or nothing at all, whatever was
// sent; so are names made of harmless characters. Nothing else of a question gets into a file.
// Threads: any; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "filesink/sink_file.h"
#include "filesink/sink_work.h"

namespace fairlead::filesink {

enum class SinkVerb : std::uint8_t { kLook, kWrite, kTakeBack, kSettle, kFindReader, kTellReader };

struct SinkQuestion {
  SinkVerb verb = SinkVerb::kLook;
  std::uint8_t sink = 0;         // its place in the configuration
  std::uint32_t page_bytes = 0;  // kLook and kWrite: of the page that follows; all others: 0
  bool operator==(const SinkQuestion&) const = default;
};

inline constexpr std::size_t kSinkQuestionBytes = 1 + 1 + 4;
// A server has 9 or 21 bytes of it, and more of the text of any template.
inline constexpr std::size_t kPageBytesMax = kOutputBytesMax;

std::string WriteSinkQuestion(const SinkQuestion& question);
// kInvalidArgument: no question. What is read is written the same.
Result<SinkQuestion> ReadSinkQuestion(std::string_view packet);

// kInvalidArgument: a name that may not stand in files, an address that is none, a weight or port
// that cannot be. kResourceExhausted: above kPageBytesMax.
Result<std::string> WritePage(const Page& page);
// kInvalidArgument: no page. What is read is written the same.
Result<Page> ReadPage(std::string_view bytes);

struct SinkAnswer {
  Error refusal = {.code = Code::kOk, .message = {}};
  SinkState state = {};     // kLook
  std::int32_t reader = 0;  // kFindReader
  bool operator==(const SinkAnswer&) const = default;
};

// Of a message, which is cut to it: what a check prints has 512 of it, a path as much as it takes.
inline constexpr std::size_t kSinkRefusalBytesMax = 8192;
inline constexpr std::size_t kSinkAnswerBytesMax = 1 + 1 + 4 + 4 + kSinkRefusalBytesMax;

std::string WriteSinkAnswer(const SinkAnswer& answer);
// kDataLoss: no answer.
Result<SinkAnswer> ReadSinkAnswer(std::string_view packet);

}  // namespace fairlead::filesink
