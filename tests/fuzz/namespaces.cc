// What the daemon sends the process that enters containers' networks, taken over or not: of any
// bytes that one does something of a short list, or nothing. The list is written down here a second
// time. And what it answers.
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "fuzz/targets.h"
#include "netdiag/namespace_message.h"

namespace fairlead::fuzz {
namespace {

using netdiag::NamespaceVerb;

void CheckKind(const netdiag::SocketKind& kind) {
  const int type = kind.type & ~SOCK_NONBLOCK;
  if (kind.family == AF_NETLINK) {
    CHECK(type == SOCK_RAW);
    CHECK(kind.protocol == NETLINK_ROUTE || kind.protocol == NETLINK_SOCK_DIAG);
    return;
  }
  CHECK(kind.family == AF_INET || kind.family == AF_INET6);
  CHECK(type == SOCK_STREAM || type == SOCK_DGRAM);
  CHECK(kind.protocol == 0);
}

void CheckConnections(const netdiag::NamespaceQuestion& question) {
  CHECK(!question.connections.empty());
  CHECK(question.connections.size() <= netdiag::kResetsMax);
  for (const netdiag::KernelConnection& one : question.connections) {
    CHECK(one.family == AF_INET || one.family == AF_INET6);
    // One connection and no other, whatever has its addresses by now.
    CHECK(one.id.idiag_cookie[0] != ~0U || one.id.idiag_cookie[1] != ~0U);
  }
}

void CheckPacket(std::string_view packet) {
  const auto question = netdiag::ReadNamespaceQuestion(packet);
  if (!question) {
    CHECK(question.error().code == Code::kInvalidArgument);
    return;
  }
  CHECK(packet.size() <= netdiag::kNamespaceQuestionBytesMax);
  const auto written = netdiag::WriteNamespaceQuestion(*question);
  CHECK(written && *written == packet);
  if (question->verb == NamespaceVerb::kCanReset) return;
  const std::string& id = question->place.container.value;
  CHECK(id.size() == 64);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(question->place.pid > 0 && question->place.pid <= 0x7fff'ffff);
  if (question->verb == NamespaceVerb::kSocket) CheckKind(question->kind);
  if (question->verb == NamespaceVerb::kReset) CheckConnections(*question);
  if (question->verb == NamespaceVerb::kRead)
    CHECK(question->file == netdiag::ContainerFile::kResolvConf);
}

// The same bytes with a verb and an id that there are.
std::string Mended(std::string_view input) {
  constexpr std::size_t kIdBytes = 64;
  std::string packet(1, static_cast<char>(static_cast<unsigned char>(input[0]) % 4));
  if (packet[0] == 0) return packet;
  packet += std::string(kIdBytes, 'a');
  packet += input.substr(1);
  return packet;
}

}  // namespace

int FuzzNamespaces(std::string_view input) {
  CheckPacket(input);
  if (!input.empty()) CheckPacket(Mended(input));
  const auto answer = netdiag::ReadNamespaceAnswer(input);
  CHECK(answer || answer.error().code == Code::kDataLoss);
  if (answer) {
    const auto again = netdiag::ReadNamespaceAnswer(netdiag::WriteNamespaceAnswer(*answer));
    CHECK(again && again->refusal.code == answer->refusal.code);
    CHECK(again->text == answer->text && again->reset == answer->reset);
  }
  return 0;
}

}  // namespace fairlead::fuzz
