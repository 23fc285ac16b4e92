// A DNS message: any bytes are none, or one that can be written and read again as the same.
#include "dns/message.h"

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "dns/name.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

using Section = dns::MessageWriter::Section;

// All names of lower case, as a compressed name takes the case of what it points at.
dns::Message InLowerCase(dns::Message message) {
  for (dns::Question& question : message.questions) question.name = dns::LowerCase(question.name);
  for (auto* records : {&message.answers, &message.authorities, &message.additionals})
    for (dns::Record& record : *records) record.name = dns::LowerCase(record.name);
  return message;
}

}  // namespace

int FuzzDnsMessage(std::string_view input) {
  const auto bytes = std::as_bytes(std::span(input));
  const std::optional<dns::Message> message = dns::ReadMessage(bytes);
  CHECK(!message || dns::ReadHeader(bytes) == message->header);
  if (message) {
    // Compressed by somebody else it may be shorter than by us.
    constexpr std::size_t kRoom = std::size_t{16} << 20;
    dns::MessageWriter writer(message->header, kRoom);
    for (const dns::Question& question : message->questions) {
      CHECK(dns::BytesOf(question.name) <= dns::kNameBytesMax);
      writer.Ask(question);
    }
    for (const dns::Record& record : message->answers) CHECK(writer.Add(Section::kAnswer, record));
    for (const dns::Record& record : message->authorities)
      CHECK(writer.Add(Section::kAuthority, record));
    for (const dns::Record& record : message->additionals)
      CHECK(writer.Add(Section::kAdditional, record));
    const auto again = dns::ReadMessage(std::move(writer).Take());
    CHECK(again && InLowerCase(*again) == InLowerCase(*message));
  }
  if (const std::optional<dns::Name> name = dns::ParseName(input)) {
    CHECK(dns::BytesOf(*name) <= dns::kNameBytesMax);
    CHECK(dns::Below(*name, *name) == dns::Name());
  }
  return 0;
}

}  // namespace fairlead::fuzz
