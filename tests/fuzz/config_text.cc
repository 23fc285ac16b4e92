// The config file: any text gives a config or reasons, each with a stable code and fit for a
// terminal.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "config/read_config.h"
#include "fuzz/targets.h"
#include "spec/diagnostic_codes.h"

namespace fairlead::fuzz {

int FuzzConfigText(std::string_view input) {
  const auto reading = config::ReadConfig(
      {.file_text = std::string(input), .file_path = "/etc/fairlead/config.json"});
  for (const spec::Diagnostic& diagnostic : reading.diagnostics) {
    CHECK(std::ranges::any_of(spec::codes::kAll,
                              [&](const auto& known) { return known.code == diagnostic.code; }));
    CHECK(!diagnostic.message.empty());
    CHECK(Printable(diagnostic.message, 16'384) == diagnostic.message);
    CHECK(Printable(diagnostic.subject, 16'384) == diagnostic.subject);
  }
  if (!reading.ok()) return 0;
  const config::Config& config = reading.config;
  CHECK(config.policy.max_concurrent_repairs >= 1 && config.policy.max_concurrent_repairs <= 100);
  CHECK(config.policy.panic_threshold_percent >= 0 && config.policy.panic_threshold_percent <= 100);
  CHECK(config.engine_endpoint.is_loopback() || config.tls_profiles.contains(config.engine_tls));
  for (const config::ListenAddress& address : config.discovery.listen) CHECK(address.is_loopback());
  return 0;
}

}  // namespace fairlead::fuzz
