#include "nameserver/answer.h"

#include <algorithm>
#include <utility>

#include "nameserver/records.h"

namespace fairlead::nameserver {
namespace {

using Kind = Found::Kind;
using Section = dns::MessageWriter::Section;

// Without EDNS (RFC 1035, 4.2.1).
constexpr std::size_t kPlainUdpBytesMax = 512;
constexpr std::size_t kOptBytes = 11;
constexpr std::uint32_t kDnssecOk = 0x8000;
// Zone transfers, keys and signatures of messages: everything from TKEY to MAILA but ANY.
constexpr std::uint16_t kMetaTypesFrom = 249;

struct Edns {
  std::size_t udp_bytes = 0;
  int version = 0;
  std::uint32_t flags = 0;
};

// What is to be known of a query before its name is looked at.
struct Query {
  dns::Message message;
  std::optional<Edns> edns;
};

// Nothing when it breaks a rule of its form.
std::optional<Query> ReadQuery(std::span<const std::byte> bytes) {
  std::optional<dns::Message> message = dns::ReadMessage(bytes);
  if (!message || message->questions.size() != 1 || !message->answers.empty()) return std::nullopt;
  if (!message->authorities.empty()) return std::nullopt;
  Query query{.message = *std::move(message), .edns = {}};
  for (const dns::Record& record : query.message.additionals) {
    if (record.type != dns::kOpt) continue;
    if (query.edns || !record.name.empty()) return std::nullopt;
    query.edns = Edns{.udp_bytes = record.network,
                      .version = static_cast<int>(record.ttl >> 16 & 0xFF),
                      .flags = record.ttl & kDnssecOk};
  }
  return query;
}

dns::Header HeaderFor(const dns::Header& asked, int code) {
  return {.id = asked.id,
          .is_response = true,
          .opcode = asked.opcode,
          .is_authoritative = code == kNoError || code == kNoSuchName,
          .wants_recursion = asked.wants_recursion,
          .code = code & 0xF};
}

// A header alone: nothing of the query could be read, or was wanted.
Answer Bare(const dns::Header& asked, int code) {
  dns::MessageWriter writer(HeaderFor(asked, code), dns::kHeaderBytes);
  return {.bytes = std::move(writer).Take(), .code = code, .type = 0, .told = {}};
}

std::size_t RoomFor(const Query& query, const Circumstances& circumstances) {
  if (circumstances.is_tcp) return dns::kMessageBytesMax;
  if (!query.edns) return kPlainUdpBytesMax;
  const std::size_t most = std::max(circumstances.udp_bytes_max, kPlainUdpBytesMax);
  return std::clamp(query.edns->udp_bytes, kPlainUdpBytesMax, most);
}

Answer Written(const Query& query, int code, const Records& records,
               const std::vector<dns::Record>& authorities, const Circumstances& circumstances) {
  const dns::Question& question = query.message.questions.front();
  dns::MessageWriter writer(HeaderFor(query.message.header, code), RoomFor(query, circumstances));
  if (query.edns) writer.Reserve(kOptBytes);
  writer.Ask(question);
  // A list that is cut short is one that somebody without TCP can still use.
  const auto add = [&](Section section, const std::vector<dns::Record>& all) {
    return std::ranges::all_of(all, [&](const dns::Record& r) { return writer.Add(section, r); });
  };
  const bool is_whole =
      add(Section::kAnswer, records.answers) && add(Section::kAuthority, authorities);
  if (!is_whole) writer.SetTruncated();
  // What is left out of these can be asked for.
  if (is_whole) add(Section::kAdditional, records.additionals);
  writer.Reserve(0);
  if (query.edns) {
    const std::uint32_t high_code = static_cast<std::uint32_t>(code) >> 4;
    const auto size =
        static_cast<std::uint16_t>(std::max(circumstances.udp_bytes_max, kPlainUdpBytesMax));
    writer.Add(Section::kAdditional, {.name = {},
                                      .type = dns::kOpt,
                                      .network = size,
                                      .ttl = high_code << 24 | query.edns->flags,
                                      .data = {}});
  }
  return {.bytes = std::move(writer).Take(), .code = code, .type = question.type, .told = {}};
}

// What can be said before the zone is looked at: a code that ends it, or nothing.
std::optional<int> EarlyCode(const Query& query) {
  const dns::Question& question = query.message.questions.front();
  if (query.edns && query.edns->version != 0) return kBadVersion;
  if (question.network != dns::kInternet) return kRefused;
  const bool is_meta = question.type >= kMetaTypesFrom && question.type < dns::kAny;
  if (is_meta || question.type == dns::kOpt) return kRefused;
  return std::nullopt;
}

// The header and the query; or the answer, where there is one already.
struct Begun {
  std::optional<Query> query;
  Answer answer;
};

Begun Begin(std::span<const std::byte> bytes) {
  const std::optional<dns::Header> header = dns::ReadHeader(bytes);
  if (!header || header->is_response) return {};
  if (header->opcode != 0) return {.query = {}, .answer = Bare(*header, kNotImplemented)};
  std::optional<Query> query = ReadQuery(bytes);
  if (!query) return {.query = {}, .answer = Bare(*header, kFormatError)};
  return {.query = std::move(query), .answer = {}};
}

}  // namespace

Answer AnswerTo(std::span<const std::byte> query, const Circumstances& circumstances, Rng& rng) {
  const Begun begun = Begin(query);
  if (!begun.query) return begun.answer;
  const auto refuse = [&](int code) { return Written(*begun.query, code, {}, {}, circumstances); };
  if (const std::optional<int> code = EarlyCode(*begun.query)) return refuse(*code);
  if (!circumstances.asker) return refuse(kRefused);
  const Zone& zone = circumstances.zone;
  const dns::Question& question = begun.query->message.questions.front();
  const Found found = zone.Find(question.name, *circumstances.asker);
  if (found.kind == Kind::kForeign) return refuse(kRefused);
  if (!circumstances.is_serving) return refuse(kServerFailure);
  const Records records = RecordsOf(found,
                                    {.zone = zone,
                                     .question = question,
                                     .asker = *circumstances.asker,
                                     .local_ip = circumstances.local_ip},
                                    rng);
  const int code = found.kind == Kind::kNoSuchName ? kNoSuchName : kNoError;
  std::vector<dns::Record> authorities;
  if (records.answers.empty()) authorities.push_back(SoaOf(zone));
  Answer answer = Written(*begun.query, code, records, authorities, circumstances);
  if (found.view && !records.answers.empty()) answer.told = found.view->name;
  return answer;
}

Answer FailureOf(std::span<const std::byte> query, const Circumstances& circumstances) {
  const Begun begun = Begin(query);
  return begun.query ? Written(*begun.query, kServerFailure, {}, {}, circumstances) : begun.answer;
}

std::string TypeName(std::uint16_t type) {
  switch (type) {
    case 0:
      return "none";
    case dns::kA:
      return "A";
    case dns::kNs:
      return "NS";
    case dns::kSoa:
      return "SOA";
    case dns::kTxt:
      return "TXT";
    case dns::kAaaa:
      return "AAAA";
    case dns::kSrv:
      return "SRV";
    case dns::kAny:
      return "ANY";
    default:
      return "other";
  }
}

std::string CodeName(int code) {
  switch (code) {
    case kNoError:
      return "NOERROR";
    case kFormatError:
      return "FORMERR";
    case kServerFailure:
      return "SERVFAIL";
    case kNoSuchName:
      return "NXDOMAIN";
    case kNotImplemented:
      return "NOTIMP";
    case kRefused:
      return "REFUSED";
    case kBadVersion:
      return "BADVERS";
    default:
      return "other";
  }
}

}  // namespace fairlead::nameserver
