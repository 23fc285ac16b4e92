// Routes: every way over HTTP to the methods of services, read from their descriptors. Pure.
//
// Why from descriptors: there is one list of methods, the .proto; a route that somebody writes by
// hand is one that somebody forgets.
// By Manner::kOwn `response_body`, `custom` and bodies that are a field are not taken, as no rule
// of ours has one, and a bad rule is an error. By Manner::kGrpcGateway they are taken, a bad rule
// costs its route alone, each method also is POST /package.Service/Method, and of two routes that
// fit the one that was declared later is found, as there.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transcode/manner.h"
#include "transcode/path_template.h"

namespace fairlead::transcode {

// By Manner::kGrpcGateway: more of one set of services are passed over. The largest API that is
// published as one set has a few hundred.
inline constexpr std::size_t kRoutesMax = 4096;

struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string verb;  // "GET"
  PathTemplate path;
  bool takes_body = false;  // the body is the request, but for what the path binds
  const google::protobuf::FieldDescriptor* body_field = nullptr;      // ... is this field of it
  const google::protobuf::FieldDescriptor* response_field = nullptr;  // what of the answer is told
  // Only reads: GET. Everything else acts.
  bool is_read() const { return verb == "GET"; }
};

struct FoundRoute {
  const Route* route = nullptr;
  std::vector<PathBinding> bindings;
};

class Routes {
 public:
  // Methods without a rule have no route. kInvalidArgument: a rule that cannot be used, with which.
  static Result<Routes> Of(const std::vector<const google::protobuf::ServiceDescriptor*>& services,
                           Manner manner = Manner::kOwn);

  std::optional<FoundRoute> Find(std::string_view verb, std::string_view path) const;
  // The methods that the path has, HEAD beside GET; empty: it is no path of ours.
  std::set<std::string> AllowedOn(std::string_view path) const;

  const std::vector<Route>& all() const { return routes_; }
  // Rules that were passed over, and why; kRoutesMax is one more reason. Empty by Manner::kOwn.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  Result<> Add(const google::protobuf::MethodDescriptor& method);
  void AddLoosely(const google::protobuf::MethodDescriptor& method);
  Result<> Keep(Result<Route> route);

  Manner manner_ = Manner::kOwn;
  std::vector<Route> routes_;
  std::set<std::string> shapes_;  // "GET /v1/*" of each
  std::vector<std::string> faults_;
};

}  // namespace fairlead::transcode
