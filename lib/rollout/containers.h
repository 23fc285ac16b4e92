// What `docker inspect` says of containers, as far as a rollout needs it.
//
// Why: whether a container is new or old is in its own labels, and nowhere else.
// Threads: any; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairlead::rollout {

// From the labels of one container: how to ask Compose for more of its kind.
struct ComposeOrigin {
  std::string project;
  std::string service;                         // Compose's, which fairlead.service may rename
  std::string working_directory;               // absolute
  std::vector<std::string> files;              // absolute; empty when it came from a pipe
  std::vector<std::string> environment_files;  // of --env-file
  bool operator==(const ComposeOrigin&) const = default;
};

struct Container {
  std::string id;
  std::string name;      // without the leading slash
  std::string revision;  // configuration hash and image id
  int number = 0;
  std::string status;  // "created", "running", "exited" ...; the engine's word
  int exit_code = 0;
  ComposeOrigin origin;  // empty project: not made by Compose

  bool has_started() const { return status != "created"; }
  bool is_up() const { return status == "running" || status == "paused" || status == "restarting"; }
};

// `json`: the list that `docker inspect ID...` prints. Containers of `docker compose run` and what
// is no container are left out. kDataLoss when it is no such list.
Result<std::vector<Container>> ReadContainers(std::string_view json);

}  // namespace fairlead::rollout
