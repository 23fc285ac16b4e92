// Directory: which service of the host a request is for.
//
// By the name in Host and the prefix of the path, as the labels say. Of several services that have
// the path, the one with the longest prefix, then one that names its hosts, then the first by name:
// the same after every restart.
// Pure; threads: none.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/service_now.h"
#include "gateway/service_roster.h"
#include "http/host_gate.h"
#include "spec/service_spec.h"

namespace fairlead::gateway {

class Directory {
 public:
  struct Service {
    ServiceName name;
    spec::TrafficSpec traffic;
    ServiceRoster roster;
  };

  // False: it is not the gateway's, and is forgotten.
  bool Take(const ServiceNow& now);
  void Drop(const ServiceName& name) { services_.erase(name); }
  Service* Find(const ServiceName& name);
  // Those whose descriptors are in a file of that name.
  std::vector<ServiceName> DescribedBy(std::string_view descriptor) const;
  // The replicas in rotation that are reached so, by name.
  std::vector<std::string> ReplicasAt(const Address& address) const;
  // "user-service.shop", where it answers under that host; else null.
  Service* FindNamed(std::string_view text, std::string_view host);

  struct Asked {
    std::string_view host;  // as the header has it
    std::string_view verb;
    std::string_view path;
  };
  struct Found {
    Service* service = nullptr;  // of all but kNone
    ServiceRoster::Found in;
    bool is_known_host = false;  // some service answers under that name
  };
  Found Find(const Asked& asked);

  // Which service's a gRPC call is. There is no prefix of a path here, so of several services that
  // have the method those that name their hosts come first; if that leaves several, they are
  // rivals.
  struct AskedMethod {
    std::string_view host;  // as :authority has it
    std::string_view service;
    std::string_view method;
  };
  struct FoundMethod {
    Found found;
    std::vector<ServiceName> rivals;  // none, or two and more: nobody knows whose it is
  };
  FoundMethod FindMethod(const AskedMethod& asked);
  // What is served under that name, as described; not whole: somebody will say in a moment.
  struct Described {
    std::vector<std::shared_ptr<const DescriptorSet>> sets;
    bool is_whole = true;
  };
  Described DescribedUnder(std::string_view host) const;

 private:
  std::map<ServiceName, Service> services_;
};

}  // namespace fairlead::gateway
