// ComposeIdentity: which Compose project, service and number a container has, if it has any.
//
// Why so strict: an image built by Compose carries project and service as image labels, and every
// `docker run` of it inherits them. Only Compose itself writes config-hash on a container, so that
// label decides. `docker compose run` and hooks make containers of a service that serve nobody.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace fairlead::spec {

enum class ComposeRole {
  kOutside,  // not made by Compose, or only built by it
  kReplica,
  kOneOff,  // docker compose run
  kHook,    // pre_start and the like
};

struct ComposeIdentity {
  ComposeRole role = ComposeRole::kOutside;
  std::string project = {};        // empty outside; otherwise any bytes, not yet validated
  std::string service = {};        // likewise
  std::optional<int> number = {};  // 1..1,000,000; nothing when absent or unreadable
  bool labels_from_image = false;  // outside, yet with a Compose service among its labels
  bool operator==(const ComposeIdentity&) const = default;
};

ComposeIdentity ReadCompose(const std::map<std::string, std::string>& labels);

}  // namespace fairlead::spec
