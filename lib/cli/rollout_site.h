// RolloutSite: the containers of one service as Compose, the engine and the daemon tell them.
//
// Threads: one; blocks.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/compose.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"
#include "rollout/containers.h"
#include "rollout/drive.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

// All replicas that the daemon knows under `parent` ("user-service.shop", "user-service").
// The daemon's own code when it refuses; kUnavailable when it does not answer.
Result<std::vector<pb::Replica>> ListReplicas(pb::Admin::Stub& stub, const std::string& parent);

// "services/user-service.shop/replicas/2" -> "user-service.shop"
std::string ServiceOf(const pb::Replica& replica);

// Those of them that a rollout is about: of the smallest priority. Standbys of another Compose
// service take no calls, so Compose alone may replace them.
std::vector<pb::Replica> OfFirstPriority(std::vector<pb::Replica> replicas);

class RolloutSite final : public rollout::Site {
 public:
  // `service` as ServiceOf tells it. `patience`: of an eviction. Lines of progress go to
  // `progress`.
  RolloutSite(pb::Admin::Stub& stub, Compose compose, std::string service, Duration patience,
              std::ostream& progress);

  Result<rollout::Sight> Look() override;
  Result<> Make(int total) override;
  Result<> Start(int total) override;
  Result<> Retire(const rollout::Replica& replica) override;
  Result<> Discard(const rollout::Replica& replica) override;
  std::string Evidence(const rollout::Replica& replica) override;
  TimePoint Now() override;
  void Wait(Duration duration) override;
  void Tell(const std::string& line) override;

 private:
  // Before that the daemon does not know what it will know: a container that it has not looked at
  // yet would seem to be none of its own.
  Result<> AwaitServing();
  const pb::Replica* Known(const std::string& id) const;
  Result<bool> IsAdopted();
  Result<> Evict(const rollout::Replica& replica);
  Result<> Forget(const rollout::Replica& replica);

  pb::Admin::Stub& stub_;
  const Compose compose_;
  const std::string service_;
  const Duration patience_;
  std::ostream& progress_;
  // Of the last look.
  std::vector<pb::Replica> replicas_;
  std::vector<rollout::Container> containers_;
};

}  // namespace fairlead::cli
