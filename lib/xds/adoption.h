// Adoption: which revision of each service every client known to use it has acknowledged.
//
// Why: a drain may end only when nobody still sends calls to the replica. A client whose stream
// broke goes on with its last list, so it is remembered and holds adoption back until it returns
// and acknowledges, ends, or has been away for so long that it counts as gone.
// How: each service counts its users by acknowledged revision, so that an acknowledgement costs
// O(log revisions on their way), not O(clients). A revision that left the endpoints unchanged for a
// class of viewers is adopted by all of them who use the endpoints before it.
// Pure; lives on the discovery loop.
#pragma once

#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/strong_id.h"
#include "base/time.h"
#include "spec/names.h"
#include "xds/viewer_class.h"

namespace fairlead::xds {

// One stream, unique within the life of the daemon.
using StreamId = StrongId<struct StreamIdTag, std::uint64_t>;
// One client process as far as it can be told apart; outlives its streams.
using ClientId = StrongId<struct ClientIdTag, std::string>;

class AdoptionTracker {
 public:
  // `unchanged`: the classes that are told the same endpoints as by the revision before.
  void Published(const ServiceName& service, std::uint64_t revision,
                 const std::vector<NetworkClass>& unchanged);
  void Dropped(const ServiceName& service);

  // Seen from the host until Moved().
  void Subscribed(StreamId stream, const ClientId& client, const ServiceName& service);
  void Unsubscribed(StreamId stream, const ServiceName& service);
  // `viewers`: what Moved() said of the stream last.
  void Acknowledged(StreamId stream, NetworkClass viewers, const ServiceName& service,
                    std::uint64_t revision);
  // The stream is told what this class is told: it has acknowledged nothing of that yet.
  void Moved(StreamId stream, NetworkClass viewers);
  // The stream ended. Its client is remembered until `until` for every service it used.
  void Closed(StreamId stream, TimePoint until);
  // The client's process is gone: nothing to wait for.
  void Forget(const ClientId& client);
  // Forgets whoever was remembered until `now` or earlier.
  void Expire(TimePoint now);

  // Services whose adopted revision has grown since the last call, each once, ordered.
  std::vector<std::pair<ServiceName, std::uint64_t>> TakeAdopted();
  // Clients that are remembered without a stream, ordered.
  std::vector<ClientId> Remembered() const;

 private:
  struct Absence {
    std::uint64_t acknowledged = 0;
    TimePoint until{};
  };
  // The users of a service who are told the same.
  struct Group {
    std::uint64_t same_since = 0;  // first revision with the present endpoints
    // Acknowledged revision, 0 = none yet. Flat: thousands acknowledge one after another, and the
    // newest stream has the highest id.
    boost::container::flat_map<StreamId, std::uint64_t> live;
    std::map<ClientId, Absence> absent;
    std::map<std::uint64_t, int> users_at;  // how many of both acknowledged which revision
  };
  struct Service {
    std::uint64_t revision = 0;            // published last; 0 = not published
    std::uint64_t reported = 0;            // last given out by TakeAdopted()
    std::map<NetworkClass, Group> groups;  // none without users
  };
  struct Stream {
    ClientId client;
    NetworkClass viewers;
    std::set<ServiceName> services;
  };

  static void Count(Group& group, std::uint64_t revision, int change);
  static std::uint64_t AdoptedBy(const Service& service, const Group& group);
  static Group& GroupOf(Service& service, NetworkClass viewers);
  Group* FindGroup(const ServiceName& name, NetworkClass viewers);
  // Drops the group, and the service, if nothing is left of it.
  void Tidy(const ServiceName& name, NetworkClass viewers);
  void TakeOut(StreamId stream, const Stream& known, const ServiceName& name);
  bool ForgetAbsent(Service& service, const ClientId& client);

  std::map<ServiceName, Service> services_;
  std::unordered_map<StreamId, Stream> streams_;
  std::set<ServiceName> changed_;  // may have something to report
};

}  // namespace fairlead::xds
