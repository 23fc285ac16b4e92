// What the daemon sends the process that writes files of other programs, taken over or not: any
// bytes are a question about a page of harmless names and literal addresses, or nothing. What is
// harmless is written down here a second time. And what that process answers.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "filesink/sink_message.h"
#include "filesink/template.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

bool IsAddress(const std::string& ip) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, ip.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, ip.c_str(), bytes.data()) == 1;
}

void CheckQuestion(std::string_view packet) {
  const auto question = filesink::ReadSinkQuestion(packet);
  if (!question) {
    CHECK(question.error().code == Code::kInvalidArgument);
    return;
  }
  CHECK(packet.size() == filesink::kSinkQuestionBytes);
  CHECK(filesink::WriteSinkQuestion(*question) == packet);
  CHECK(question->page_bytes <= filesink::kPageBytesMax);
  const bool has_page =
      question->verb == filesink::SinkVerb::kLook || question->verb == filesink::SinkVerb::kWrite;
  CHECK(has_page == (question->page_bytes > 0));
}

void CheckPage(std::string_view bytes) {
  const auto page = filesink::ReadPage(bytes);
  if (!page) {
    CHECK(page.error().code == Code::kInvalidArgument);
    return;
  }
  for (const filesink::PageService& service : page->services) {
    CHECK(IsName(service.name.project) && IsName(service.name.service));
    for (const filesink::PageServer& server : service.servers) {
      CHECK(IsAddress(server.ip));
      CHECK(server.port != 0 && server.weight >= 1 && server.weight <= 1000);
    }
  }
  const auto written = filesink::WritePage(*page);
  CHECK(written && *written == bytes);
  // Nothing that would end a directive or a block gets into the text.
  static const auto kBare = filesink::Template::Parse(
      "{{#services}}{{name}}{{#endpoints}} {{address}} {{weight}}{{/endpoints}}\n{{/services}}");
  const std::string text = kBare->Render(*page);
  CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.:[] \n") ==
        std::string::npos);
}

// The same bytes as a page of one service, with a name that may be.
std::string Mended(std::string_view input) {
  std::string bytes{1, 0, 0, 0, 1, 'p', 1, 's'};
  bytes += input;
  return bytes;
}

}  // namespace

int FuzzSinks(std::string_view input) {
  CheckQuestion(input);
  CheckPage(input);
  CheckPage(Mended(input));
  const auto answer = filesink::ReadSinkAnswer(input);
  CHECK(answer || answer.error().code == Code::kDataLoss);
  if (answer) {
    const auto again = filesink::ReadSinkAnswer(filesink::WriteSinkAnswer(*answer));
    CHECK(again && again->refusal.code == answer->refusal.code);
    CHECK(again->state == answer->state && again->reader == answer->reader);
  }
  return 0;
}

}  // namespace fairlead::fuzz
