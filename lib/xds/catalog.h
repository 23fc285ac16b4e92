// Catalog: every resource that exists, made from the views, each encoded once.
//
// Why: streams ask by name; what they get must not depend on who asks first or how often, only on
// the class of viewers they belong to. A new view re-encodes only the resources of its own service,
// and Apply() says which changed, and for which classes.
// A dropped service loses its listeners and routes at once; its cluster and (empty) endpoints stay
// until Purge(), because a client must stop sending to a cluster before the cluster goes.
// A service that begins to speak TLS gets a second cluster, and clients that can are sent there by
// their routes once they have had time to take it; so their calls never wait for it, or fail.
// Threads: none; lives on the discovery loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/view.h"
#include "xds/encoding.h"
#include "xds/endpoint_tables.h"
#include "xds/envoy_resources.h"
#include "xds/project_names.h"
#include "xds/resource_type.h"
#include "xds/transport_security.h"
#include "xds/viewer.h"
#include "xds/viewer_class.h"

namespace fairlead::xds {

struct CatalogOptions {
  std::vector<EnvoyListener> envoy_listeners = {};
  TlsExpectations tls = {};
};

// A resource that appeared, has new content, or is gone, for those who read `table` of its type.
struct ResourceChange {
  ResourceType type = ResourceType::kCluster;
  std::string name;
  bool is_urgent = false;  // an address left: clients must hear it before anything else
  std::uint64_t table = kHostClass;
};

struct PublishedRevision {
  ServiceName service;
  std::uint64_t revision = 0;
  std::vector<NetworkClass> unchanged;       // the endpoints kept their content for these classes
  Security security = Security::kPlaintext;  // which endpoints of the service
};

struct CatalogChanges {
  PerFlavour<std::vector<ResourceChange>> resources;
  std::vector<PublishedRevision> published;
  // Services that begin to speak TLS: their clusters for it are told of, and no route names them
  // before Warm().
  std::vector<ServiceName> warming;
};

class Catalog {
 public:
  using Table = std::map<std::string, ResourcePtr, std::less<>>;

  explicit Catalog(CatalogOptions options);

  // A view with an older revision than the one at hand is ignored.
  CatalogChanges Apply(std::span<const fleet::ServiceViewPtr> changed,
                       std::span<const ServiceName> dropped);
  // Callers have had time to take the service's cluster over TLS: their routes may name it.
  CatalogChanges Warm(const ServiceName& service);
  // Whom Envoys are to trust, under the name of a secret. `authorities`: PEM.
  CatalogChanges SetTrust(const std::string& secret, const std::string& authorities);
  // Takes away what is left of a dropped service, unless it has come back.
  CatalogChanges Purge(const ServiceName& service);

  // The class of a client with this viewer, in this project ("" = in none). Kept until Leave(). Of
  // clients that see some projects alone there is a class for each such set.
  ViewerClass Enter(const Viewer& viewer, const std::string& project);
  // REQUIRES: one Enter() for each Leave(). A class that nobody is in is dropped; true when that
  // was the class of names.
  bool Leave(const ViewerClass& viewers);
  // How many sets of projects somebody is limited to, and whether one is among them.
  std::size_t limits() const { return limits_; }
  bool HasLimit(const Viewer& viewer, const std::string& project) const {
    return by_circle_.contains({project, viewer.projects});
  }

  // Nothing when it does not exist for these viewers. Endpoints are made for their first reader.
  ResourcePtr Find(const ViewerClass& viewers, Flavour flavour, ResourceType type,
                   std::string_view name);
  // Everything of a complete-set type, by name.
  std::vector<ResourcePtr> All(const ViewerClass& viewers, Flavour flavour,
                               ResourceType type) const;
  // Grows whenever anything of `type` changes for these viewers. Not for endpoints.
  std::uint64_t generation(const ViewerClass& viewers, Flavour flavour, ResourceType type) const;
  // The host's clusters, listeners or routes.
  const Table& table(Flavour flavour, ResourceType type) const {
    return tables_[Index(flavour)][Index(type)];
  }
  // For people: why there is no listener of this name for gRPC clients among these viewers; empty:
  // there is one.
  std::string WhyNoListener(const ViewerClass& viewers, std::string_view name) const;
  // The project of what stands under this name, a listener's, a cluster's or endpoints', where
  // these viewers may not see that; nothing: they may, or it does not exist.
  std::optional<std::string> HiddenProject(const ViewerClass& viewers, std::string_view name) const;
  bool Sees(const ViewerClass& viewers, const std::string& project) const;
  // Those that they see; nothing: every one.
  std::optional<std::set<std::string>> ProjectsOf(const ViewerClass& viewers) const;
  // For people: why a client of this flavour is told of no endpoint under this name, if that is for
  // what it speaks or may see; empty otherwise.
  std::string WhyNoEndpoints(const ViewerClass& viewers, Flavour flavour,
                             std::string_view name) const;
  // The revision that the endpoints resource of this name was last published with; 0 = none.
  std::uint64_t EndpointsRevision(std::string_view name) const { return endpoints_.Revision(name); }
  // The replicas in rotation that these viewers cannot reach.
  std::vector<std::string> LeftOut(const ViewerClass& viewers, std::string_view name) const {
    return endpoints_.LeftOut(viewers.networks, name);
  }

 private:
  // Streams of one project, or that see some projects alone, and what those that are told of TLS
  // and the others are told.
  struct Circle {
    std::string project;                             // empty: of none
    std::optional<std::set<std::string>> sees = {};  // nothing: all
    std::size_t users = 0;
    PerSecurity<ProjectNames> names{};
  };
  // Of a service that speaks TLS, or has: kept until Purge().
  struct TlsPart {
    bool is_warm = false;
    bool is_routed = false;
  };

  // Puts `resource(security)` for gRPC clients of each.
  template <class Make>
  void PutForGrpc(const ServiceName& service, Make resource, CatalogChanges& changes);
  void EraseForGrpc(ResourceType type, const std::string& name, CatalogChanges& changes);
  void Put(Flavour flavour, ResourcePtr resource, CatalogChanges& changes);
  void Erase(Flavour flavour, ResourceType type, const std::string& name, CatalogChanges& changes);
  void Changed(Flavour flavour, ResourceType type, const std::string& name,
               CatalogChanges& changes) const;
  static void EndpointsChanged(const std::string& name, const EndpointTables::Update& update,
                               CatalogChanges& changes);
  void ApplyView(const fleet::ServiceViewPtr& view, CatalogChanges& changes);
  void Drop(const ServiceName& service, CatalogChanges& changes);
  bool HasShortName(const ServiceName& service) const;
  void NameListeners(const ServiceName& service, CatalogChanges& changes);
  void NameSiblings(const std::string& short_name, CatalogChanges& changes);
  void NameForCircles(const std::string& short_name, CatalogChanges& changes);
  void NameForCircle(NameClass viewers, Circle& circle, const std::string& short_name,
                     CatalogChanges& changes) const;
  // What the short name means to them and to nobody else; null: what it means to the host, or, to
  // those who do not see everything, nothing.
  const fleet::ServiceView* MeaningOf(const Circle& circle, const std::string& short_name) const;
  // `circle`: whose short names, and services, are in it; null: the host's.
  ResourcePtr RouteTable(const Circle* circle, Security security) const;
  // Null: the host's are theirs.
  ResourcePtr OwnRoutes(const Circle& circle, Security security) const;
  void MakeRouteTables(CatalogChanges& changes);
  const Circle* CircleOf(const ViewerClass& viewers) const;
  // Null: the host's are theirs.
  const ProjectNames* NamesOf(const ViewerClass& viewers, Flavour flavour) const;
  // Whether what the host has under this name is what they are told.
  static bool IsOfHost(const Circle& circle, Flavour flavour, ResourceType type,
                       std::string_view name);
  // Whose cluster gets the calls of those who can speak so much.
  Security RouteOf(const ServiceName& service, Security most) const;
  // Makes the cluster and endpoints over TLS. True when routes are to be made anew for it.
  bool PutTls(const fleet::ServiceViewPtr& view, const fleet::ServiceViewPtr& before,
              CatalogChanges& changes);
  void PutEndpoints(const fleet::ServiceViewPtr& view, Security security, CatalogChanges& changes);
  void PutRoutes(const fleet::ServiceView& view, CatalogChanges& changes);

  const CatalogOptions options_;
  PerFlavour<PerType<Table>> tables_;
  PerFlavour<PerType<std::uint64_t>> generations_{};
  EndpointTables endpoints_;
  std::map<NameClass, Circle> circles_;  // of the clients that are connected
  std::map<std::pair<std::string, std::optional<std::set<std::string>>>, NameClass> by_circle_;
  std::size_t limits_ = 0;  // of these, the ones that do not see everything
  std::uint64_t last_name_class_ = kHostClass;
  std::map<ServiceName, fleet::ServiceViewPtr> views_;
  std::map<ServiceName, TlsPart> tls_;
  std::map<std::string, std::set<ServiceName>> by_short_name_;
  std::map<ServiceName, std::vector<std::string>> listener_names_;
  bool is_route_table_stale_ = true;
};

}  // namespace fairlead::xds
