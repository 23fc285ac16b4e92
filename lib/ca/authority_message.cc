#include "ca/authority_message.h"

#include <initializer_list>
#include <utility>

#include "base/check.h"
#include "base/packet_fields.h"
#include "base/text.h"
#include "ca/known_services.h"

namespace fairlead::ca {
namespace {

// The engine's ids have 64; a user, a name and a time say what they say within these.
constexpr std::size_t kIdBytesMax = 128;
constexpr std::size_t kUserBytesMax = 128;
constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kCreatedBytesMax = 64;
// Six texts, the longest of them 128 bytes, each behind its length.
constexpr std::size_t kContainerBytesMax = 6 * (1 + 128);

enum class AnswerKind : std::uint8_t { kNews, kCertificate, kEnd };

std::string CutTo(std::string_view text, std::size_t bytes_max) {
  constexpr std::size_t kDots = 3;
  std::string shown = Printable(text, bytes_max);
  return shown.size() <= bytes_max ? shown : Printable(text, bytes_max - kDots);
}

// As CutTo() leaves it.
bool IsShown(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && Printable(text, text.size()) == text;
}

bool IsAskable(const AskingContainer& container) {
  const std::string& id = container.id.value;
  return !id.empty() && IsShown(id, kIdBytesMax) && IsFolderName(container.service) &&
         IsShown(container.name, kNameBytesMax) && IsShown(container.user, kUserBytesMax) &&
         IsShown(container.created, kCreatedBytesMax);
}

// Up to 255 bytes.
void PutShort(std::string& packet, std::string_view text) {
  PutNumber(packet, static_cast<std::uint8_t>(text.size()));
  packet += text;
}

std::string TakeShort(PacketFields& fields) {
  return std::string(fields.TakeBytes(fields.Take<std::uint8_t>()));
}

void PutText(std::string& packet, std::string_view text) {
  const std::string shown = CutTo(text, kAnswerTextBytesMax);
  PutNumber(packet, static_cast<std::uint16_t>(shown.size()));
  packet += shown;
}

// Not `is_fine` if it is not as PutText() has it.
std::string TakeText(PacketFields& fields, bool& is_fine) {
  const std::string_view text = fields.TakeBytes(fields.Take<std::uint16_t>());
  is_fine = is_fine && IsShown(text, kAnswerTextBytesMax);
  return std::string(text);
}

void PutBool(std::string& packet, bool is_so) {
  PutNumber(packet, static_cast<std::uint8_t>(is_so ? 1 : 0));
}

bool TakeBool(PacketFields& fields, bool& is_fine) {
  const auto number = fields.Take<std::uint8_t>();
  is_fine = is_fine && number <= 1;
  return number == 1;
}

void PutSigned(std::string& packet, std::int64_t number) {
  PutNumber(packet, static_cast<std::uint64_t>(number));
}

std::int64_t TakeSigned(PacketFields& fields) {
  return static_cast<std::int64_t>(fields.Take<std::uint64_t>());
}

std::unexpected<Error> NoQuestion(std::string_view why) {
  return Fail(Code::kInvalidArgument, "ask for the certificates of services: " + std::string(why));
}

AskingContainer TakeContainer(PacketFields& fields) {
  AskingContainer container;
  container.id = ContainerId(TakeShort(fields));
  container.service.project = TakeShort(fields);
  container.service.service = TakeShort(fields);
  container.name = TakeShort(fields);
  container.user = TakeShort(fields);
  container.created = TakeShort(fields);
  return container;
}

void Put(std::string& packet, const KeeperNews& news) {
  PutNumber(packet, static_cast<std::uint8_t>(AnswerKind::kNews));
  PutNumber(packet, static_cast<std::uint8_t>(news.kind));
  PutBool(packet, news.is_repeated);
  PutText(packet, news.who);
  PutText(packet, news.text);
}

KeeperNews TakeNews(PacketFields& fields, bool& is_fine) {
  KeeperNews news;
  const auto kind = fields.Take<std::uint8_t>();
  is_fine = is_fine && kind <= static_cast<std::uint8_t>(KeeperNews::Kind::kAuthority);
  if (!is_fine) return news;
  news.kind = static_cast<KeeperNews::Kind>(kind);
  news.is_repeated = TakeBool(fields, is_fine);
  news.who = TakeText(fields, is_fine);
  news.text = TakeText(fields, is_fine);
  return news;
}

void Put(std::string& packet, const KeptCertificate& kept) {
  PutNumber(packet, static_cast<std::uint8_t>(AnswerKind::kCertificate));
  PutText(packet, kept.who);
  PutText(packet, kept.trouble);
  PutNumber(packet, static_cast<std::uint32_t>(kept.facts.authority_count));
  PutSigned(packet, kept.facts.authorities_end_s);
  PutBool(packet, kept.facts.own.has_value());
  if (!kept.facts.own) return;
  PutText(packet, kept.facts.own->names);
  PutText(packet, kept.facts.own->issuer);
  PutSigned(packet, kept.facts.own->begin_s);
  PutSigned(packet, kept.facts.own->end_s);
}

KeptCertificate TakeCertificate(PacketFields& fields, bool& is_fine) {
  KeptCertificate kept;
  kept.who = TakeText(fields, is_fine);
  kept.trouble = TakeText(fields, is_fine);
  kept.facts.authority_count = fields.Take<std::uint32_t>();
  kept.facts.authorities_end_s = TakeSigned(fields);
  if (!TakeBool(fields, is_fine)) return kept;
  tls::CertificateFacts& own = kept.facts.own.emplace();
  own.names = TakeText(fields, is_fine);
  own.issuer = TakeText(fields, is_fine);
  own.begin_s = TakeSigned(fields);
  own.end_s = TakeSigned(fields);
  return kept;
}

void Put(std::string& packet, const TurnEnd& end) {
  PutNumber(packet, static_cast<std::uint8_t>(AnswerKind::kEnd));
  PutNumber(packet, end.certificates);
  PutNumber(packet, static_cast<std::uint8_t>(end.refusal.code));
  PutText(packet, end.refusal.message);
}

TurnEnd TakeEnd(PacketFields& fields, bool& is_fine) {
  TurnEnd end;
  end.certificates = fields.Take<std::uint32_t>();
  const auto code = fields.Take<std::uint8_t>();
  is_fine = is_fine && code <= static_cast<std::uint8_t>(Code::kUnauthenticated);
  if (!is_fine) return end;
  end.refusal.code = static_cast<Code>(code);
  end.refusal.message = TakeText(fields, is_fine);
  return end;
}

}  // namespace

std::optional<AskingContainer> Askable(const ContainerFacts& facts, const ServiceName& service) {
  AskingContainer container{.id = facts.id,
                            .service = service,
                            .name = CutTo(facts.name, kNameBytesMax),
                            .user = CutTo(facts.user, kUserBytesMax),
                            .created = CutTo(facts.created, kCreatedBytesMax)};
  if (!IsAskable(container)) return std::nullopt;
  return container;
}

std::string WriteTurnQuestion(const TurnQuestion& question) {
  CHECK(question.containers <= kAskingMax);
  std::string packet;
  PutBool(packet, question.is_complete);
  PutNumber(packet, question.containers);
  return packet;
}

Result<TurnQuestion> ReadTurnQuestion(std::string_view packet) {
  PacketFields fields(packet);
  bool is_fine = true;
  TurnQuestion question;
  question.is_complete = TakeBool(fields, is_fine);
  question.containers = fields.Take<std::uint32_t>();
  if (!fields.is_whole() || !is_fine) return NoQuestion("that is no question");
  if (question.containers > kAskingMax) return NoQuestion("too many containers");
  return question;
}

std::string WriteSomeContainers(std::span<const AskingContainer>& containers) {
  std::string packet;
  while (!containers.empty() && packet.size() + kContainerBytesMax <= kAuthorityPacketBytesMax) {
    const AskingContainer& one = containers.front();
    CHECK(IsAskable(one));
    for (const std::string_view text : std::initializer_list<std::string_view>{
             one.id.value, one.service.project, one.service.service, one.name, one.user,
             one.created})
      PutShort(packet, text);
    containers = containers.subspan(1);
  }
  return packet;
}

Result<std::vector<AskingContainer>> ReadContainers(std::string_view packet) {
  if (packet.empty() || packet.size() > kAuthorityPacketBytesMax)
    return NoQuestion("a packet of another length");
  PacketFields fields(packet);
  std::vector<AskingContainer> containers;
  while (!fields.is_whole()) {
    AskingContainer container = TakeContainer(fields);
    if (fields.is_short()) return NoQuestion("a packet of another length");
    if (!IsAskable(container)) return NoQuestion("no container that may ask");
    containers.push_back(std::move(container));
  }
  return containers;
}

std::string WriteAnswer(const TurnAnswer& answer) {
  std::string packet;
  std::visit([&packet](const auto& one) { Put(packet, one); }, answer);
  return packet;
}

Result<std::vector<TurnAnswer>> ReadAnswers(std::string_view packet) {
  const auto no_answer = [] {
    return Fail(Code::kDataLoss, "ask for the certificates of services: that is no answer");
  };
  if (packet.empty() || packet.size() > kAuthorityPacketBytesMax) return no_answer();
  PacketFields fields(packet);
  std::vector<TurnAnswer> answers;
  bool is_fine = true;
  while (!fields.is_whole()) {
    switch (static_cast<AnswerKind>(fields.Take<std::uint8_t>())) {
      case AnswerKind::kNews:
        answers.emplace_back(TakeNews(fields, is_fine));
        break;
      case AnswerKind::kCertificate:
        answers.emplace_back(TakeCertificate(fields, is_fine));
        break;
      case AnswerKind::kEnd:
        answers.emplace_back(TakeEnd(fields, is_fine));
        break;
      default:
        return no_answer();
    }
    if (fields.is_short() || !is_fine) return no_answer();
  }
  return answers;
}

}  // namespace fairlead::ca
