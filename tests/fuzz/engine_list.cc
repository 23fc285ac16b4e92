// A container list, the engine's info and its words in an error: values or kDataLoss.
#include "base/check.h"
#include "base/text.h"
#include "docker/http_call.h"
#include "docker/wire.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

void CheckWords(std::string_view input) {
  constexpr std::size_t kShownBytesMax = 300 + 3;  // and "..."
  const std::string words = docker::ReadErrorMessage(input);
  CHECK(words.size() <= kShownBytesMax);
  for (const char c : words) CHECK(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
  const unsigned status = input.empty() ? 0 : static_cast<unsigned char>(input.front()) * 4;
  const auto checked = docker::CheckStatus("fuzz", status, input);
  CHECK(checked.has_value() == (status >= 200 && status < 300));
}

}  // namespace

int FuzzEngineList(std::string_view input) {
  CheckWords(input);
  const auto info = docker::ReadInfo(input);
  CHECK(info || info.error().code == Code::kDataLoss);
  CHECK(!info || info->system_time_ns >= 0);
  const auto list = docker::ReadList(input);
  if (!list) {
    CHECK(list.error().code == Code::kDataLoss);
    return 0;
  }
  for (const docker::ContainerSummary& summary : *list) {
    CHECK(!summary.id.value.empty() && summary.id.value.size() <= 128);
  }
  return 0;
}

}  // namespace fairlead::fuzz
