// What the daemon sends the process with the authority's keys, taken over or not: of any bytes that
// one reads containers of services whose names are names of directories, or nothing. The rules are
// written down here a second time. And what it answers.
#include "ca/authority_message.h"

#include <string>

#include "base/check.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

void CheckName(const std::string& name) {
  CHECK(!name.empty() && name.size() <= 63);
  CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
}

void CheckText(const std::string& text, std::size_t bytes_max) {
  CHECK(text.size() <= bytes_max);
  for (const char c : text) CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

void CheckHead(std::string_view packet) {
  const auto question = ca::ReadTurnQuestion(packet);
  if (!question) {
    CHECK(question.error().code == Code::kInvalidArgument);
    return;
  }
  CHECK(question->containers <= 10'000);
  CHECK(ca::WriteTurnQuestion(*question) == packet);
}

void CheckContainers(std::string_view packet) {
  const auto containers = ca::ReadContainers(packet);
  if (!containers) {
    CHECK(containers.error().code == Code::kInvalidArgument);
    return;
  }
  CHECK(!containers->empty());
  for (const ca::AskingContainer& one : *containers) {
    CheckName(one.service.project);
    CheckName(one.service.service);
    CHECK(!one.id.value.empty());
    CheckText(one.id.value, 128);
    CheckText(one.name, 128);
    CheckText(one.user, 128);
    CheckText(one.created, 64);
  }
  std::string written;
  for (std::span<const ca::AskingContainer> rest = *containers; !rest.empty();)
    written += ca::WriteSomeContainers(rest);
  CHECK(written == packet);
}

void CheckAnswers(std::string_view packet) {
  const auto answers = ca::ReadAnswers(packet);
  if (!answers) {
    CHECK(answers.error().code == Code::kDataLoss);
    return;
  }
  std::string written;
  for (const ca::TurnAnswer& answer : *answers) {
    written += ca::WriteAnswer(answer);
    if (const auto* news = std::get_if<ca::KeeperNews>(&answer)) CheckText(news->text, 2048);
  }
  CHECK(written == packet);
}

}  // namespace

int FuzzAuthority(std::string_view input) {
  CheckHead(input);
  CheckContainers(input);
  CheckAnswers(input);
  return 0;
}

}  // namespace fairlead::fuzz
