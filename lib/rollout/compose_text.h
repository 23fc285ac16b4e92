// What `docker compose config` says of one service, as far as a rollout needs it.
//
// Why by lines: Compose 1.29 writes only YAML. Both it and Compose 2 write it themselves, with two
// blanks for each level and one key on a line, so a key's place is its indentation.
// Threads: any; pure.
#pragma once

#include <optional>
#include <string_view>

namespace fairlead::rollout {

// How many containers the file asks for: `deploy.replicas`, else `scale`, else 1, as Compose has
// it. Nothing when `config` has no such service, or the number is none from 1 to 10,000.
std::optional<int> ReplicasOf(std::string_view config, std::string_view service);

}  // namespace fairlead::rollout
