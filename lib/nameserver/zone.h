// Zone: which names exist, and what an asker is told under them.
//
//   <service>.<project>.<origin>             A, AAAA: replicas at the service's port; SRV: all
//   <service>.<origin>                       the same, where discovery has the short name as well
//   _grpc._tcp.(either)                      SRV
//   <hex>.<service>.<project>.<origin>       one replica's address, as SRV names it
//   <origin>                                 SOA, NS, and the address where we were asked
//
// Why not all in A: a replica that is reached through a published port of another number is behind
// some other service's port for whoever takes the address alone.
// Who is told which address is discovery's choice (xds/viewer.h). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dns/name.h"
#include "fleet/view.h"
#include "spec/names.h"
#include "xds/viewer.h"

namespace fairlead::nameserver {

// From where somebody asks.
struct Asker {
  xds::Viewer viewer;
  std::string project;  // of its container; empty: of none
};

struct Found {
  enum class Kind {
    kForeign,     // not of this zone
    kNoSuchName,  // nor anything below it
    kNothing,     // there are names below it
    kOrigin,
    kService,  // `view`
    kPorts,    // `view`, SRV alone
    kReplica,  // `ip`
  };
  Kind kind = Kind::kForeign;
  fleet::ServiceViewPtr view;
  std::string ip;
};

class Zone {
 public:
  explicit Zone(dns::Name origin) : origin_(std::move(origin)) {}

  // A view older than the one at hand is ignored.
  void Put(const fleet::ServiceViewPtr& view);
  void Drop(const ServiceName& service);

  Found Find(const dns::Name& name, const Asker& asker) const;

  const dns::Name& origin() const { return origin_; }
  // Grows with each change.
  std::uint32_t serial() const { return serial_; }

 private:
  using Labels = std::span<const std::string>;  // of lower case, without the origin
  fleet::ServiceViewPtr ServiceOf(Labels labels, const Asker& asker) const;
  bool IsProject(const std::string& label) const;

  const dns::Name origin_;
  std::map<ServiceName, fleet::ServiceViewPtr> views_;        // ordered by project
  std::map<std::string, std::set<std::string>> projects_of_;  // by short name
  std::uint32_t serial_ = 1;
};

// Four or sixteen bytes; empty for what is no literal address.
std::vector<std::byte> AddressBytes(const std::string& ip);
// "ac1f0004": the address as the label under which SRV names it.
std::string AddressLabel(std::span<const std::byte> address);

}  // namespace fairlead::nameserver
