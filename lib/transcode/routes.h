// Routes: every way over HTTP to the methods of services, read from their descriptors. Pure.
//
// Why from descriptors: there is one list of methods, the .proto; a route that somebody writes by
// hand is one that somebody forgets.
// Limits: `response_body`, `custom` and bodies that are a field are not taken; no rule of ours has
// one.
#pragma once

#include <google/protobuf/descriptor.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transcode/path_template.h"

namespace fairlead::transcode {

struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string verb;  // "GET"
  PathTemplate path;
  bool takes_body = false;  // the body is the request, but for what the path binds
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
  static Result<Routes> Of(const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  std::optional<FoundRoute> Find(std::string_view verb, std::string_view path) const;
  // The methods that the path has, HEAD beside GET; empty: it is no path of ours.
  std::set<std::string> AllowedOn(std::string_view path) const;

  const std::vector<Route>& all() const { return routes_; }

 private:
  Result<> Add(const google::protobuf::MethodDescriptor& method);

  std::vector<Route> routes_;
};

}  // namespace fairlead::transcode
