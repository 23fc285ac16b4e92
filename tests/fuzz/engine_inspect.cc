// An inspect: refused as kDataLoss, or facts inside their ranges.
#include <algorithm>

#include "base/check.h"
#include "docker/wire.h"
#include "fuzz/targets.h"
#include "spec/read_labels.h"

namespace fairlead::fuzz {

int FuzzEngineInspect(std::string_view input) {
  const auto facts = docker::ReadInspect(input);
  if (!facts) {
    CHECK(facts.error().code == Code::kDataLoss);
    return 0;
  }
  CHECK(!facts->id.value.empty() && facts->id.value.size() <= 128);
  CHECK(facts->pid >= 0 && facts->restart_count >= 0 && facts->restart_maximum >= 0);
  CHECK(!facts->stop_timeout ||
        (facts->stop_timeout->count() >= 0 && *facts->stop_timeout <= docker::kStopTimeoutMax));
  CHECK(std::ranges::is_sorted(facts->exposed_tcp_ports));
  CHECK(std::ranges::find(facts->exposed_tcp_ports, 0) == facts->exposed_tcp_ports.end());
  for (const PublishedPort& port : facts->published_tcp_ports) {
    CHECK(port.container_port != 0 && port.host_port != 0);
  }
  // What the engine says goes on to the reader of labels, whatever it is.
  spec::ReadLabels(*facts, {});
  return 0;
}

}  // namespace fairlead::fuzz
