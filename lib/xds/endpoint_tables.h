// EndpointTables: the endpoints of every service, for every class of viewers that has asked.
//
// Why: each class of viewers is told other addresses, yet most classes see the same of most
// services. Lists of equal addresses are one resource, encoded once, whichever classes share it;
// a class has an entry only for the services that one of its streams has read.
// The host's class is always kept, so that it is the base that others are found equal to.
// What a service has over TLS is a service of its own in here, by its resource name.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/view.h"
#include "xds/encoding.h"
#include "xds/viewer.h"
#include "xds/viewer_class.h"

namespace fairlead::xds {

class EndpointTables {
 public:
  // What a new view means for the classes in use.
  struct Update {
    struct Changed {
      NetworkClass viewers;
      bool is_urgent = false;  // an address left
    };
    std::vector<Changed> changed;
    std::vector<NetworkClass> unchanged;  // have read it, and see what they saw before
  };

  EndpointTables();

  // The class of this viewer, kept until as many Leave(). The host's needs none. Nobody has
  // anything of a service whose project he does not see.
  NetworkClass Enter(const Viewer& viewer);
  // True when the class has gone with its last user.
  bool Leave(NetworkClass viewers);

  Update Put(const fleet::ServiceViewPtr& view, Security security = Security::kPlaintext);
  // The service is on its way out: no endpoints for anybody, until Erase().
  Update Drop(const ServiceName& service, Security security = Security::kPlaintext);
  // The classes that had read it.
  std::vector<NetworkClass> Erase(const ServiceName& service,
                                  Security security = Security::kPlaintext);

  // Makes what the class's first reader asks for. Nothing when there is no such service, or class.
  ResourcePtr Find(NetworkClass viewers, std::string_view name);
  // The revision of the view that the service's endpoints were last made from; 0 = none.
  std::uint64_t Revision(std::string_view name) const;
  // The replicas in rotation that the class cannot reach.
  std::vector<std::string> LeftOut(NetworkClass viewers, std::string_view name) const;

  // Replicas are in rotation, and none of them speaks as this resource is for.
  bool HasOnlyOthers(std::string_view name) const;

  // Classes in use, the host's included.
  std::size_t classes() const { return classes_.size(); }

 private:
  struct Class {
    Viewer viewer;
    std::size_t users = 0;
  };
  struct Entry {
    std::vector<WeighedAddress> reachable;
    ResourcePtr resource;
  };
  struct Service {
    std::string name;  // ResourceName()
    std::string project;
    Security security = Security::kPlaintext;
    fleet::ServiceViewPtr view;  // null once dropped
    std::map<NetworkClass, Entry> entries;
  };

  static std::vector<WeighedAddress> ReachableIn(const Service& service, const Viewer& viewer);
  Update Remake(Service& service);

  std::map<NetworkClass, Class> classes_;
  std::map<Viewer, NetworkClass> by_viewer_;
  std::map<std::string, Service, std::less<>> services_;  // by resource name
  std::uint64_t last_class_ = kHostClass;
};

}  // namespace fairlead::xds
