// What the daemon sends its actuator, taken over or not: of any bytes the engine hears a request of
// the list, or nothing. The list is written down here a second time, by its texts.
#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "docker/actuator_message.h"
#include "docker/actuator_policy.h"
#include "docker/engine_request.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

bool IsIdLike(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '_' || c == '.' || c == '-';
         });
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Takes `beginning` off; false when it is not there.
bool Take(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

bool IsOfTheList(const docker::RequestLine& line) {
  std::string_view rest = line.target;
  const bool is_one_line = std::ranges::all_of(rest, [](char c) { return c > ' ' && c < 0x7f; });
  if (!is_one_line || rest.find('#') != std::string_view::npos) return false;
  if (rest == "/_ping") return !line.is_post;
  if (!Take(rest, "/v1.") || rest.size() < 3 || !IsNumber(rest.substr(0, 2))) return false;
  rest.remove_prefix(2);
  if (!line.is_post) {
    if (rest == "/info" || rest.starts_with("/events?since=")) return true;
    if (rest.starts_with("/containers/json?")) return true;
  }
  if (!Take(rest, "/containers/")) return false;
  const std::size_t end = rest.find('/');
  if (end == std::string_view::npos || !IsIdLike(rest.substr(0, end))) return false;
  rest.remove_prefix(end);
  if (!line.is_post) {
    if (rest == "/json") return true;
    return Take(rest, "/logs?stdout=1&stderr=1&tail=") && IsNumber(rest);
  }
  if (rest == "/kill?signal=SIGHUP" || rest == "/start") return true;
  if (!Take(rest, "/stop") && !Take(rest, "/restart")) return false;
  return rest.empty() || (Take(rest, "?t=") && IsNumber(rest));
}

void CheckPacket(std::string_view packet) {
  static const docker::Grants kGrants{.hang_up = {"web"}};
  static const docker::Grants kObserver{.may_act = false};
  const auto request = docker::ReadQuestion(packet);
  if (!request) {
    CHECK(request.error().code == Code::kInvalidArgument);
    return;
  }
  CHECK(docker::WriteQuestion(*request) == packet);
  const auto may = docker::MayAskAtOnce(*request, kGrants);
  const auto line = docker::LineOf(*request);
  CHECK(line.has_value());
  CHECK(!may || IsOfTheList(*line));
  // What changes anything is looked at first, and by one who only observes never asked for.
  CHECK(!may || !*may || !line->is_post);
  CHECK(!line->is_post || !docker::MayAskAtOnce(*request, kObserver));
  if (!may || *may) return;
  // Whatever it names: not without the label, and not for another container's facts.
  ContainerFacts facts{.id = request->id, .name = "other"};
  CHECK(!docker::MayAct(*request, facts, kGrants));
  facts.labels["fairlead.enable"] = "true";
  facts.name = "web";
  CHECK(docker::MayAct(*request, facts, kGrants).has_value());
  facts.id = ContainerId(request->id.value + "0");
  CHECK(!docker::MayAct(*request, facts, kGrants));
}

// The same bytes under a verb and a version that there are.
std::string Mended(std::string_view input) {
  constexpr std::array<unsigned char, 4> kMinors{40, 41, 47, 52};
  std::string packet(input);
  const auto verbs = static_cast<unsigned char>(docker::kLastVerb) + 1;
  packet[0] = static_cast<char>(static_cast<unsigned char>(packet[0]) % verbs);
  packet[1] = 1;
  packet[2] = static_cast<char>(kMinors.at(static_cast<unsigned char>(packet[2]) % kMinors.size()));
  return packet;
}

}  // namespace

int FuzzActuator(std::string_view input) {
  constexpr std::size_t kFirstFields = 3;
  CheckPacket(input);
  if (input.size() > kFirstFields) CheckPacket(Mended(input));
  const auto head = docker::ReadHead(input);
  CHECK(head || head.error().code == Code::kDataLoss);
  if (head && *head) CHECK((*head)->bytes <= input.size());
  return 0;
}

}  // namespace fairlead::fuzz
