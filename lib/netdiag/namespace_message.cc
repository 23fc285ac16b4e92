#include "netdiag/namespace_message.h"

#include <sys/socket.h>

#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/packet_fields.h"
#include "base/text.h"
#include "netdiag/namespace_policy.h"

namespace fairlead::netdiag {
namespace {

constexpr std::int64_t kPidMax = std::numeric_limits<std::int32_t>::max();

std::unexpected<Error> NoQuestion(std::string_view why) {
  return Fail(Code::kInvalidArgument, "ask about a container's network: " + std::string(why));
}

bool IsPlace(const spec::NetworkNamespace& place) {
  return IsWholeId(place.container.value) && place.pid > 0 && place.pid <= kPidMax;
}

bool IsFamily(std::uint8_t family) {
  return family == AF_INET || family == AF_INET6;
}

void PutConnection(std::string& packet, const KernelConnection& connection) {
  const inet_diag_sockid& id = connection.id;
  PutNumber(packet, connection.family);
  PutNumber(packet, std::uint16_t{id.idiag_sport});
  PutNumber(packet, std::uint16_t{id.idiag_dport});
  for (const auto word : id.idiag_src) PutNumber(packet, std::uint32_t{word});
  for (const auto word : id.idiag_dst) PutNumber(packet, std::uint32_t{word});
  PutNumber(packet, std::uint32_t{id.idiag_if});
  for (const auto word : id.idiag_cookie) PutNumber(packet, std::uint32_t{word});
}

KernelConnection TakeConnection(PacketFields& fields) {
  KernelConnection connection;
  inet_diag_sockid& id = connection.id;
  connection.family = fields.Take<std::uint8_t>();
  id.idiag_sport = fields.Take<std::uint16_t>();
  id.idiag_dport = fields.Take<std::uint16_t>();
  for (auto& word : id.idiag_src) word = fields.Take<std::uint32_t>();
  for (auto& word : id.idiag_dst) word = fields.Take<std::uint32_t>();
  id.idiag_if = fields.Take<std::uint32_t>();
  for (auto& word : id.idiag_cookie) word = fields.Take<std::uint32_t>();
  return connection;
}

// A connection by its own name: without the cookie the kernel takes whoever has the addresses now.
bool HasName(const KernelConnection& connection) {
  return connection.id.idiag_cookie[0] != INET_DIAG_NOCOOKIE ||
         connection.id.idiag_cookie[1] != INET_DIAG_NOCOOKIE;
}

// What else there is of one verb. Empty: it is fine.
std::string_view TakeRest(PacketFields& fields, NamespaceQuestion& question) {
  switch (question.verb) {
    case NamespaceVerb::kCanReset:
      return {};
    case NamespaceVerb::kSocket: {
      const std::optional<SocketKind> kind = KindOfNumber(fields.Take<std::uint8_t>());
      if (!kind) return "no kind of socket that may be made there";
      question.kind = *kind;
      return {};
    }
    case NamespaceVerb::kReset: {
      const auto count = fields.Take<std::uint8_t>();
      if (count == 0 || count > kResetsMax) return "too many connections, or none";
      for (std::uint8_t i = 0; i < count && !fields.is_short(); ++i) {
        const KernelConnection connection = TakeConnection(fields);
        if (!IsFamily(connection.family) || !HasName(connection)) return "no connection";
        question.connections.push_back(connection);
      }
      return {};
    }
    case NamespaceVerb::kRead:
      if (fields.Take<std::uint8_t>() != static_cast<std::uint8_t>(ContainerFile::kResolvConf))
        return "no file that may be read";
      return {};
  }
  return "no verb";
}

}  // namespace

Result<std::string> WriteNamespaceQuestion(const NamespaceQuestion& question) {
  std::string packet;
  PutNumber(packet, static_cast<std::uint8_t>(question.verb));
  if (question.verb == NamespaceVerb::kCanReset) return packet;
  if (!IsPlace(question.place))
    return Fail(Code::kNotFound, "enter network namespace: no container, or no process of it");
  packet += question.place.container.value;
  PutNumber(packet, static_cast<std::uint32_t>(question.place.pid));
  PutNumber(packet, question.place.start_ticks);
  if (question.verb == NamespaceVerb::kSocket) {
    const std::optional<std::uint8_t> number = NumberOfKind(question.kind);
    if (!number) return NoQuestion("no kind of socket that may be made there");
    PutNumber(packet, *number);
  } else if (question.verb == NamespaceVerb::kReset) {
    const std::size_t count = question.connections.size();
    if (count == 0 || count > kResetsMax) return NoQuestion("too many connections, or none");
    PutNumber(packet, static_cast<std::uint8_t>(count));
    for (const KernelConnection& connection : question.connections)
      PutConnection(packet, connection);
  } else {
    PutNumber(packet, static_cast<std::uint8_t>(question.file));
  }
  return packet;
}

Result<NamespaceQuestion> ReadNamespaceQuestion(std::string_view packet) {
  PacketFields fields(packet);
  const auto verb = fields.Take<std::uint8_t>();
  if (fields.is_short() || verb > static_cast<std::uint8_t>(NamespaceVerb::kRead))
    return NoQuestion("no verb");
  NamespaceQuestion question{.verb = static_cast<NamespaceVerb>(verb)};
  if (question.verb != NamespaceVerb::kCanReset) {
    question.place.container = ContainerId(std::string(fields.TakeBytes(kContainerIdBytes)));
    question.place.pid = fields.Take<std::uint32_t>();
    question.place.start_ticks = fields.Take<std::uint64_t>();
    if (!IsPlace(question.place)) return NoQuestion("no container and process of it");
  }
  const std::string_view wrong = TakeRest(fields, question);
  if (!fields.is_whole()) return NoQuestion("a packet of another length");
  if (!wrong.empty()) return NoQuestion(wrong);
  return question;
}

std::string WriteNamespaceAnswer(const NamespaceAnswer& answer) {
  const bool is_fine = answer.refusal.code == Code::kOk;
  const std::string text =
      is_fine ? answer.text : Printable(answer.refusal.message, kRefusalBytesMax - 3);
  CHECK(text.size() <= kTextBytesMax);
  std::string packet;
  PutNumber(packet, static_cast<std::uint8_t>(answer.refusal.code));
  PutNumber(packet, answer.reset);
  PutNumber(packet, static_cast<std::uint32_t>(text.size()));
  return packet + text;
}

Result<NamespaceAnswer> ReadNamespaceAnswer(std::string_view packet) {
  PacketFields fields(packet);
  NamespaceAnswer answer;
  const auto code = fields.Take<std::uint8_t>();
  answer.refusal.code = static_cast<Code>(code);
  answer.reset = fields.Take<std::uint16_t>();
  const auto text_bytes = fields.Take<std::uint32_t>();
  const std::string_view text = fields.TakeBytes(text_bytes);
  if (!fields.is_whole() || code > static_cast<std::uint8_t>(Code::kUnauthenticated) ||
      text_bytes > kTextBytesMax)
    return Fail(Code::kDataLoss, "ask about a container's network: that is no answer");
  (answer.refusal.code == Code::kOk ? answer.text : answer.refusal.message) = text;
  return answer;
}

}  // namespace fairlead::netdiag
