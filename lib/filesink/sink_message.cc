#include "filesink/sink_message.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/packet_fields.h"
#include "base/text.h"

namespace fairlead::filesink {
namespace {

constexpr int kWeightMax = 1000;
constexpr std::uint8_t kIpv4 = 4;
constexpr std::uint8_t kIpv6 = 6;
constexpr std::uint8_t kIsWritten = 1;
constexpr std::uint8_t kIsUntold = 2;
constexpr std::int32_t kProcessMax = std::numeric_limits<std::int32_t>::max();

std::unexpected<Error> NoSinkQuestion(std::string_view why) {
  return Fail(Code::kInvalidArgument, "ask about a file of lists: " + std::string(why));
}

bool TakesPage(SinkVerb verb) {
  return verb == SinkVerb::kLook || verb == SinkVerb::kWrite;
}

// Its address, port and weight can be.
bool CanBe(const PageServer& server) {
  return server.port != 0 && server.weight >= 1 && server.weight <= kWeightMax;
}

// False: it is no literal address.
bool PutAddress(std::string& bytes, const std::string& ip) {
  std::array<char, sizeof(in6_addr)> address{};
  if (inet_pton(AF_INET, ip.c_str(), address.data()) == 1) {
    PutNumber(bytes, kIpv4);
    bytes.append(address.data(), sizeof(in_addr));
    return true;
  }
  if (inet_pton(AF_INET6, ip.c_str(), address.data()) != 1) return false;
  PutNumber(bytes, kIpv6);
  bytes.append(address.data(), sizeof(in6_addr));
  return true;
}

// Empty: there is none.
std::string TakeAddress(PacketFields& fields) {
  const auto family = fields.Take<std::uint8_t>();
  if (family != kIpv4 && family != kIpv6) return "";
  const std::string_view address =
      fields.TakeBytes(family == kIpv4 ? sizeof(in_addr) : sizeof(in6_addr));
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (fields.is_short() || inet_ntop(family == kIpv4 ? AF_INET : AF_INET6, address.data(),
                                     text.data(), text.size()) == nullptr)
    return "";
  return text.data();
}

void PutName(std::string& bytes, const std::string& name) {
  PutNumber(bytes, static_cast<std::uint8_t>(name.size()));
  bytes += name;
}

std::string TakeName(PacketFields& fields) {
  return std::string(fields.TakeBytes(fields.Take<std::uint8_t>()));
}

// Nothing: it is none.
std::optional<PageService> TakeService(PacketFields& fields) {
  PageService service;
  service.name.project = TakeName(fields);
  service.name.service = TakeName(fields);
  if (!IsHarmless(service.name)) return std::nullopt;
  const auto count = fields.Take<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && !fields.is_short(); ++i) {
    PageServer server{.ip = TakeAddress(fields)};
    server.port = fields.Take<std::uint16_t>();
    server.weight = fields.Take<std::uint16_t>();
    if (server.ip.empty() || !CanBe(server)) return std::nullopt;
    service.servers.push_back(std::move(server));
  }
  return service;
}

}  // namespace

std::string WriteSinkQuestion(const SinkQuestion& question) {
  std::string packet;
  PutNumber(packet, static_cast<std::uint8_t>(question.verb));
  PutNumber(packet, question.sink);
  PutNumber(packet, question.page_bytes);
  return packet;
}

Result<SinkQuestion> ReadSinkQuestion(std::string_view packet) {
  PacketFields fields(packet);
  const auto verb = fields.Take<std::uint8_t>();
  SinkQuestion question{.verb = static_cast<SinkVerb>(verb), .sink = fields.Take<std::uint8_t>()};
  question.page_bytes = fields.Take<std::uint32_t>();
  if (!fields.is_whole()) return NoSinkQuestion("a packet of another length");
  if (verb > static_cast<std::uint8_t>(SinkVerb::kTellReader)) return NoSinkQuestion("no verb");
  if (TakesPage(question.verb) != (question.page_bytes != 0))
    return NoSinkQuestion("no page, or one too many");
  if (question.page_bytes > kPageBytesMax) return NoSinkQuestion("too long a page");
  return question;
}

Result<std::string> WritePage(const Page& page) {
  std::string bytes;
  PutNumber(bytes, static_cast<std::uint32_t>(page.services.size()));
  for (const PageService& service : page.services) {
    if (!IsHarmless(service.name))
      return NoSinkQuestion(
          fmt::format("{} is no name for a file", Printable(service.name.Text())));
    PutName(bytes, service.name.project);
    PutName(bytes, service.name.service);
    PutNumber(bytes, static_cast<std::uint32_t>(service.servers.size()));
    for (const PageServer& server : service.servers) {
      if (!PutAddress(bytes, server.ip) || !CanBe(server))
        return NoSinkQuestion(fmt::format("{} weight {} of {} is no address with a port and weight",
                                          Printable(server.Text()), server.weight,
                                          service.name.Text()));
      PutNumber(bytes, server.port);
      PutNumber(bytes, static_cast<std::uint16_t>(server.weight));
    }
  }
  if (bytes.size() <= kPageBytesMax) return bytes;
  return Fail(
      Code::kResourceExhausted,
      fmt::format("ask about a file of lists: {} bytes of names and addresses are more than "
                  "{}; name fewer services in file_sinks",
                  bytes.size(), kPageBytesMax));
}

Result<Page> ReadPage(std::string_view bytes) {
  PacketFields fields(bytes);
  Page page;
  const auto count = fields.Take<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && !fields.is_short(); ++i) {
    std::optional<PageService> service = TakeService(fields);
    if (!service) return NoSinkQuestion("a page that is none");
    page.services.push_back(*std::move(service));
  }
  if (!fields.is_whole() || bytes.size() > kPageBytesMax)
    return NoSinkQuestion("a page of another length");
  return page;
}

std::string WriteSinkAnswer(const SinkAnswer& answer) {
  const bool is_fine = answer.refusal.code == Code::kOk;
  constexpr std::size_t kEllipsis = 3;
  const std::string message =
      is_fine ? "" : Printable(answer.refusal.message, kSinkRefusalBytesMax - kEllipsis);
  const SinkState state = is_fine ? answer.state : SinkState{};
  std::string packet;
  PutNumber(packet, static_cast<std::uint8_t>(answer.refusal.code));
  PutNumber(packet, static_cast<std::uint8_t>((state.is_written ? kIsWritten : 0) |
                                              (state.is_untold ? kIsUntold : 0)));
  PutNumber(packet, static_cast<std::uint32_t>(is_fine ? answer.reader : 0));
  PutNumber(packet, static_cast<std::uint32_t>(message.size()));
  return packet + message;
}

Result<SinkAnswer> ReadSinkAnswer(std::string_view packet) {
  PacketFields fields(packet);
  const auto code = fields.Take<std::uint8_t>();
  const auto flags = fields.Take<std::uint8_t>();
  const auto reader = fields.Take<std::uint32_t>();
  const auto message_bytes = fields.Take<std::uint32_t>();
  const std::string_view message = fields.TakeBytes(message_bytes);
  const bool is_fine = code == static_cast<std::uint8_t>(Code::kOk);
  const bool has_values = flags != 0 || reader != 0;
  if (!fields.is_whole() || code > static_cast<std::uint8_t>(Code::kUnauthenticated) ||
      flags > (kIsWritten | kIsUntold) || reader > static_cast<std::uint32_t>(kProcessMax) ||
      message_bytes > kSinkRefusalBytesMax || (is_fine ? message_bytes != 0 : has_values))
    return Fail(Code::kDataLoss, "ask about a file of lists: that is no answer");
  return SinkAnswer{
      .refusal = {.code = static_cast<Code>(code), .message = std::string(message)},
      .state = {.is_written = (flags & kIsWritten) != 0, .is_untold = (flags & kIsUntold) != 0},
      .reader = static_cast<std::int32_t>(reader)};
}

}  // namespace fairlead::filesink
