// What is asked of the process that enters containers' networks, and what it answers, as bytes: a
// packet each, of fixed fields (base/packet_fields.h).
//
// Threads: any; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

enum class NamespaceVerb : std::uint8_t { kCanReset, kSocket, kReset, kRead };

struct NamespaceQuestion {
  NamespaceVerb verb = NamespaceVerb::kCanReset;
  spec::NetworkNamespace place = {};                // of all but kCanReset; without its obstacle
  SocketKind kind = {};                             // kSocket
  std::vector<KernelConnection> connections = {};   // kReset
  ContainerFile file = ContainerFile::kResolvConf;  // kRead
};

// Of one question: a service whose callers are more is cut by several.
inline constexpr std::size_t kResetsMax = 32;
inline constexpr std::size_t kConnectionBytes = 1 + 2 + 2 + 16 + 16 + 4 + 8;
inline constexpr std::size_t kNamespaceQuestionBytesMax =
    1 + 64 + 4 + 8 + 1 + kResetsMax * kConnectionBytes;

// kNotFound: no place that could be. kInvalidArgument: a kind that namespace_policy.h does not
// have, or none or more than kResetsMax connections.
Result<std::string> WriteNamespaceQuestion(const NamespaceQuestion& question);
// kInvalidArgument: no question. What is read is written the same.
Result<NamespaceQuestion> ReadNamespaceQuestion(std::string_view packet);

// A socket comes beside it.
struct NamespaceAnswer {
  Error refusal = {.code = Code::kOk, .message = {}};
  std::uint16_t reset = 0;  // kReset
  std::string text = {};    // kRead
  bool operator==(const NamespaceAnswer&) const = default;
};

// Of a message, which is cut to it, and of a text: what the longest file has, and some.
inline constexpr std::size_t kRefusalBytesMax = 1024;
inline constexpr std::size_t kTextBytesMax = std::size_t{20} * 1024;
inline constexpr std::size_t kNamespaceAnswerBytesMax = 1 + 2 + 4 + kTextBytesMax;

// REQUIRES: `text` is at most kTextBytesMax.
std::string WriteNamespaceAnswer(const NamespaceAnswer& answer);
// kDataLoss: no answer.
Result<NamespaceAnswer> ReadNamespaceAnswer(std::string_view packet);

}  // namespace fairlead::netdiag
