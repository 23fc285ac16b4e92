// EngineShape: how one kind of engine writes its answers. The world behind it is always FakeHost.
//
// Why: the same container reads differently on Engine 20.10, on 29 and on Podman. The answers of
// those three were recorded from the real ones (tests/support/recorded/) and are filled with the
// fake's state; the engines between them differ by what their changelogs say. The contract tests
// compare every key that fairlead reads with the real engines.
// Threads: a value.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake/fake_container.h"
#include "support/fake/fake_event.h"

namespace fairlead::test {

struct EngineShape {
  std::string name;            // "docker-20.10"
  std::string engine_version;  // "20.10.24"
  std::string api_version;     // the newest it speaks
  std::string api_min;         // the oldest
  std::string recorded;        // folder of its answers under tests/support/recorded
  // Actions init and cleanup, no network events, none of a stop but die, 500 in place of 409.
  bool is_podman = false;
  bool kills_on_hang_up = false;  // a hang-up during a stop becomes a SIGKILL (23.0.0, 24.0.0)
  // Text of errors that are no JSON: Engine up to 23 writes those of very old API versions so.
  bool refuses_versions_in_text = false;

  nlohmann::json Info(const std::string& system_time) const;
  nlohmann::json Listed(const FakeContainer& container) const;
  // API 1.52 dropped NetworkSettings.IPAddress and its kin.
  nlohmann::json Inspected(const FakeContainer& container, int api) const;
  // One record of the event stream. API 1.52 dropped status, id and from.
  nlohmann::json Event(const FakeEvent& event, int api) const;
  // What else this engine tells, after or before `event`; in order, the event itself included.
  std::vector<FakeEvent> Sequence(const FakeEvent& event) const;
  std::string EventsContentType(const std::string& accept) const;
  std::string Missing(const std::string& id) const;  // the complaint of a 404
  std::string Complaint(int status, const std::string& message) const;
  // "" when the version may be spoken.
  std::string RefusalOf(const std::string& version) const;
};

// "docker-20.10", "docker-23", "docker-24", "docker-25", "docker-28", "docker-29.0" (minimum 1.44),
// "docker-29" or "podman-4.3"; also "docker-23.0.0", which kills on hang-up. Anything else is a
// mistake of the test and ends it.
EngineShape ShapeOf(std::string_view name);
const std::vector<std::string>& ShapeNames();

}  // namespace fairlead::test
