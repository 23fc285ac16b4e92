// Roster: which services have certificates written for them, and for which user.
//
// Why containers that never ran count as well: the files have to be there before a server starts,
// and those of a stopped one are mounted again by its next start. A directory in whose place
// another one is made is no longer the one that a container has mounted, so a service's goes only
// when no container of it is left.
// Threads: none; time is an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "ca/file_owner.h"
#include "spec/container_facts.h"
#include "spec/names.h"

namespace fairlead::ca {

// How long the files of a service stay after its last container. An hour: `compose down` and `up`
// find the same directory, and a key that nobody uses lies about for no longer than it takes.
inline constexpr std::chrono::hours kAbandonedAfter{1};

// Of services that nobody asks for any more. What is beyond it keeps its files until the next start
// finds them: ten times what has any (keeper.h), so only strangers' names get there.
inline constexpr std::size_t kAbandonedMax = 10'000;

struct WantedService {
  ServiceName name;
  FileOwner owner;  // of the container that was created last
  // What is odd about it, for people; empty: nothing.
  std::string trouble;
};

class Roster {
 public:
  // What inspect said of a container; `asks`: the service whose certificate it wants. True when
  // something has changed by it.
  bool Observe(const ContainerFacts& facts, const std::optional<ServiceName>& asks, TimePoint now);
  bool Gone(const ContainerId& id, TimePoint now);
  // It had a container in an earlier life: it is wanted until it is known whether it has one.
  void Remember(const WantedService& service);
  void EndRemembering(TimePoint now);
  // Files of it were found, and perhaps nobody's.
  void Found(const ServiceName& name, TimePoint now);
  // Its files are gone.
  void Forget(const ServiceName& name) { abandoned_.erase(name); }

  // Those with a container, and those that are remembered, in order of names.
  std::vector<WantedService> Wanted() const;
  // Those without one for kAbandonedAfter.
  std::vector<ServiceName> Abandoned(TimePoint now) const;
  // How many are without one, for however long.
  std::size_t abandoned() const { return abandoned_.size(); }

 private:
  struct Member {
    ServiceName service;
    FileOwner owner;
    std::string created;  // RFC 3339 of the engine's clock, whose texts sort like its times
    std::string name;
    bool operator==(const Member&) const = default;
  };

  void Abandon(const ServiceName& name, TimePoint now);
  WantedService WantedOf(const ServiceName& name, const std::set<ContainerId>& ids) const;

  std::map<ContainerId, Member> members_;
  std::map<ServiceName, std::set<ContainerId>> services_;  // none is empty
  std::map<ServiceName, TimePoint> abandoned_;             // since when
  std::map<ServiceName, WantedService> remembered_;
};

}  // namespace fairlead::ca
