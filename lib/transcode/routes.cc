#include "transcode/routes.h"

#include <utility>

#include "google/api/annotations.pb.h"
#include "google/api/http.pb.h"
#include "transcode/field_path.h"

namespace fairlead::transcode {
namespace {

using google::api::HttpRule;
using google::protobuf::MethodDescriptor;

struct Pattern {
  std::string verb;
  std::string path;
};

Pattern PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    default:
      return {};
  }
}

Result<Route> RouteOf(const MethodDescriptor& method, const HttpRule& rule) {
  const auto bad = [&](const std::string& why) {
    return Fail(Code::kInvalidArgument, "read the HTTP rule of " + method.full_name() + ": " + why);
  };
  Pattern pattern = PatternOf(rule);
  if (pattern.verb.empty()) return bad("it has no get, put, post, delete or patch");
  if (!rule.response_body().empty()) return bad("response_body is not taken");
  if (!rule.body().empty() && rule.body() != "*") return bad("a body other than * is not taken");
  if (pattern.verb == "GET" && !rule.body().empty()) return bad("get has no body");
  if (method.client_streaming()) return bad("a stream of requests cannot be sent");
  Result<PathTemplate> path = PathTemplate::Parse(pattern.path);
  if (!path) return bad(path.error().message);
  for (const std::string& field : path->fields()) {
    if (!FindLeaf(*method.input_type(), field))
      return bad(field + " is no field of the request that a path could bind");
  }
  return Route{.method = &method,
               .verb = std::move(pattern.verb),
               .path = *std::move(path),
               .takes_body = !rule.body().empty()};
}

}  // namespace

Result<> Routes::Add(const MethodDescriptor& method) {
  if (!method.options().HasExtension(google::api::http)) return {};
  const HttpRule& first = method.options().GetExtension(google::api::http);
  std::vector<const HttpRule*> rules = {&first};
  for (const HttpRule& rule : first.additional_bindings()) rules.push_back(&rule);
  for (const HttpRule* rule : rules) {
    Result<Route> route = RouteOf(method, *rule);
    if (!route) return std::unexpected(route.error());
    for (const Route& other : routes_) {
      if (other.verb == route->verb && other.path.shape() == route->path.shape()) {
        return Fail(Code::kInvalidArgument, "read the HTTP rule of " + method.full_name() + ": " +
                                                other.method->full_name() + " has that path");
      }
    }
    routes_.push_back(*std::move(route));
  }
  return {};
}

Result<Routes> Routes::Of(const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  Routes routes;
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      if (Result<> added = routes.Add(*service->method(i)); !added)
        return std::unexpected(added.error());
    }
  }
  return routes;
}

std::optional<FoundRoute> Routes::Find(std::string_view verb, std::string_view path) const {
  for (const Route& route : routes_) {
    if (route.verb != verb) continue;
    if (auto bindings = route.path.Match(path)) return FoundRoute{&route, *std::move(bindings)};
  }
  return std::nullopt;
}

std::set<std::string> Routes::AllowedOn(std::string_view path) const {
  std::set<std::string> allowed;
  for (const Route& route : routes_) {
    if (!route.path.Match(path)) continue;
    allowed.insert(route.verb);
    if (route.is_read()) allowed.insert("HEAD");
  }
  return allowed;
}

}  // namespace fairlead::transcode
