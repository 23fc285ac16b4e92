#include "controller/replay_filter.h"

#include <functional>
#include <string_view>

namespace fairlead::controller {
namespace {

// Of what cannot be forged by labels: when, who, what. 64 bits of 4,096 keys do not meet by chance.
std::uint64_t KeyOf(const docker::EngineEvent& event) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  const std::hash<std::string_view> hash;
  std::uint64_t key = static_cast<std::uint64_t>(event.time_ns);
  for (const std::string_view word :
       {std::string_view(event.actor_id), std::string_view(event.action),
        std::string_view(event.network_container_id)}) {
    key = (key ^ (key >> 29)) * kOdd + hash(word);
  }
  return key;
}

}  // namespace

ReplayFilter::Novelty ReplayFilter::Take(const docker::EngineEvent& event) {
  const std::uint64_t key = KeyOf(event);
  const auto [found, is_new] = told_.try_emplace(key, stream_);
  if (!is_new) {
    const bool is_history = found->second != stream_ && found->second <= whole_stream_;
    return is_history ? Novelty::kFromBefore : Novelty::kRepeat;
  }
  order_.push_back(key);
  if (order_.size() > kReplayKeysMax) {
    told_.erase(order_.front());
    order_.pop_front();
  }
  return Novelty::kNew;
}

}  // namespace fairlead::controller
