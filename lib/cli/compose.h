// Compose: `docker compose` of one service, and the engine's own client beside it.
//
// Why by their commands: Compose stays the owner of what is created; what it makes here is what
// `docker compose up` would make. Found out with Compose 2.40.3 and 1.29.2: `up --no-recreate
// --scale` makes what is missing from the present file and leaves the rest as it is. Threads: one;
// blocks.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "rollout/containers.h"

namespace fairlead::cli {

// How long the engine's client may take for a question.
inline constexpr Duration kEngineQuestionLimit = std::chrono::seconds(30);

class Compose {
 public:
  // `docker compose` where that works, else `docker-compose`. kNotFound when neither is there.
  // `limit`: of each act. Pulling an image may take that long.
  static Result<Compose> Open(rollout::ComposeOrigin origin, Duration limit);

  // How many containers the file asks for.
  Result<int> Replicas() const;
  // Makes containers up to `total`, and starts all if `starts`.
  Result<> Up(int total, bool starts) const;

  // The service's containers, stopped ones too. One that vanishes meanwhile is not in it.
  Result<std::vector<rollout::Container>> Containers() const;

 private:
  Compose(std::vector<std::string> command, rollout::ComposeOrigin origin, Duration limit);

  std::vector<std::string> command_;  // what is before the verb
  rollout::ComposeOrigin origin_;
  Duration limit_;
};

// The containers with these ids. Those that vanished are not in it.
Result<std::vector<rollout::Container>> InspectContainers(const std::vector<std::string>& ids);

}  // namespace fairlead::cli
