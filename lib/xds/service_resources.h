// Resources of one service: what a view becomes for gRPC clients and for Envoy.
//
// Why: one place that knows what every client accepts. The gRPC resources obey the strictest
// reading of all clients at once (C-core 1.51 and newest, Go, Java, Node); what only Envoy
// understands stays in Envoy's own resources.
// Rules that crash or stall real clients when broken:
//  - a service without endpoints has no locality at all (C-core 1.51 dies of an empty one),
//  - a locality is named, weighs at least 1 and has an endpoint; there is one for each value of
//    fairlead.priority that is reached, numbered 0, 1 ... in that order without a gap,
//  - an address keeps its locality, whoever joins and leaves (Envoy's #12392),
//  - addresses are literal IPs, none twice; no weight is 0,
//  - every list of HTTP filters ends with the router, with its typed config.
// Pure: equal views give equal bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/view.h"
#include "xds/encoding.h"
#include "xds/resource_name.h"
#include "xds/viewer.h"

namespace fairlead::xds {

// What a client may dial: "svc.project" and "svc.project:port"; with `has_short_name` also "svc"
// and "svc:port". Without a port (0) the forms with one are left out.
std::vector<std::string> DialNames(const fleet::ServiceView& view, bool has_short_name);
// "svc" and "svc:port" alone.
std::vector<std::string> ShortDialNames(const fleet::ServiceView& view);

// The endpoints as Reachable() gives them for some viewer, the same bytes for all flavours. None is
// right for a service that is on its way out. `name`: ResourceName() of it.
ResourcePtr MakeEndpoints(const std::string& name, std::span<const WeighedAddress> reachable);

// In plaintext; over TLS it is MakeTlsCluster().
ResourcePtr MakeCluster(const fleet::ServiceView& view, Flavour flavour);

// For gRPC clients: a listener that a client finds by the name it dials. Its route is inside, not
// named: C-core 1.51 keeps its watch on a named route when the listener goes, throws the route's
// content away all the same, and waits for ever when both come back unchanged. `security`: whose
// cluster gets the calls.
ResourcePtr MakeGrpcListener(const std::string& dial_name, const fleet::ServiceView& view,
                             Security security = Security::kPlaintext);
// The same route under the service's name, for who asks for it.
ResourcePtr MakeGrpcRoute(const fleet::ServiceView& view, Security security = Security::kPlaintext);

}  // namespace fairlead::xds
