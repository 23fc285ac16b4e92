// Short texts from outside: what is read is in range and is read back from what is written.
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "docker/api_version.h"
#include "docker/endpoint.h"
#include "docker/requests.h"
#include "docker/socket_advice.h"
#include "docker/wire.h"
#include "fuzz/targets.h"
#include "spec/label_table.h"
#include "spec/label_value.h"

namespace fairlead::fuzz {
namespace {

void CheckAmounts(std::string_view input) {
  if (const auto duration = ParseDuration(input)) {
    CHECK(*duration >= Duration(0) && *duration <= std::chrono::hours(1'000));
    CHECK(ParseDuration(FormatDuration(*duration)) == duration);
  }
  if (const auto percent = ParsePercent(input)) CHECK(*percent >= 0 && *percent <= 100);
  if (const auto time = docker::ReadTime(input)) CHECK(*time >= -86'400'000'000'000);
}

void CheckPrintable(std::string_view input) {
  const std::string shown = Printable(input, 64);
  CHECK(shown.size() <= 64 + 3);
  for (const char c : shown) CHECK(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
  CHECK(Printable(shown, 256) == shown);
}

void CheckEngineTexts(std::string_view input) {
  if (const auto endpoint = docker::ParseEndpoint(input)) {
    CHECK(endpoint->is_unix() == endpoint->host.empty());
    CHECK(endpoint->is_unix() || endpoint->port != 0);
    CHECK(docker::ParseEndpoint(endpoint->text) == endpoint);
  }
  if (const auto version = docker::NegotiateApiVersion(input)) {
    CHECK(*version >= docker::kApiVersionMin && *version <= docker::kApiVersionMax);
  }
  const auto target = docker::InspectTarget({1, 41}, ContainerId(std::string(input)));
  CHECK(target.has_value() == docker::IsContainerId(input));
  CHECK(!target || target->find_first_of("?#% \r\n") == std::string::npos);
  for (const char c : docker::UrlEncoded(input)) CHECK(c > ' ' && c < '\x7f' && c != '/');
  docker::IsMountPoint(input, "/run/docker.sock");
  CHECK(docker::GroupName(input, 998).size() <= input.size());
}

void CheckLabelValues(std::string_view input) {
  for (const spec::LabelRule& rule : spec::LabelTable()) {
    const auto value = spec::ParseLabelValue(rule, input);
    if (!value) {
      CHECK(!value.error().code.empty() && !value.error().message.empty());
      CHECK(Printable(value.error().message, 16'384) == value.error().message);
      continue;
    }
    const std::string canonical = spec::CanonicalText(rule, *value);
    if (canonical.empty()) continue;
    const auto again = spec::ParseLabelValue(rule, canonical);
    CHECK(again && *again == *value);
  }
}

}  // namespace

int FuzzTexts(std::string_view input) {
  CheckAmounts(input);
  CheckPrintable(input);
  CheckEngineTexts(input);
  CheckLabelValues(input);
  return 0;
}

}  // namespace fairlead::fuzz
