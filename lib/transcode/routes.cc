#include "transcode/routes.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "google/api/annotations.pb.h"
#include "google/api/http.pb.h"
#include "transcode/field_path.h"

namespace fairlead::transcode {
namespace {

using google::api::HttpRule;
using google::protobuf::MethodDescriptor;

// Reasons that are kept; one is enough to look, and nobody reads the hundredth.
constexpr std::size_t kFaultsMax = 16;

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

// A method of HTTP that a listener of ours hands on.
bool IsVerb(std::string_view verb) {
  for (const std::string_view known : {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"}) {
    if (verb == known) return true;
  }
  return false;
}

Result<Route> LooseRouteOf(const MethodDescriptor& method, const HttpRule& rule) {
  const auto bad = [&](const std::string& why) {
    return Fail(Code::kInvalidArgument,
                "read the HTTP rule of " + method.full_name() + ": " + Printable(why, 128));
  };
  Pattern pattern = PatternOf(rule);
  if (rule.pattern_case() == HttpRule::kCustom)
    pattern = {rule.custom().kind(), rule.custom().path()};
  if (!IsVerb(pattern.verb)) return bad("its method is not one that can be asked with");
  Result<PathTemplate> path = PathTemplate::Parse(pattern.path);
  if (!path) return bad(path.error().message);
  for (const std::string& field : path->fields()) {
    const auto leaf = FindLeaf(*method.input_type(), field);
    if (!leaf || IsAnyJson(*leaf->back()))
      return bad(field + " is no field of the request that a path could bind");
  }
  Route route{.method = &method,
              .verb = std::move(pattern.verb),
              .path = *std::move(path),
              .takes_body = rule.body() == "*"};
  if (!rule.body().empty() && !route.takes_body) {
    route.body_field = method.input_type()->FindFieldByName(rule.body());
    if (route.body_field == nullptr) return bad("its body is no field of the request");
  }
  if (!rule.response_body().empty()) {
    route.response_field = method.output_type()->FindFieldByName(rule.response_body());
    if (route.response_field == nullptr) return bad("its response_body is no field of the answer");
  }
  return route;
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
    if (Result<> kept = Keep(RouteOf(method, *rule)); !kept) return kept;
  }
  return {};
}

Result<> Routes::Keep(Result<Route> route) {
  if (!route) return std::unexpected(route.error());
  const bool is_new = shapes_.insert(route->verb + " " + route->path.shape()).second;
  if (!is_new && manner_ == Manner::kOwn) {
    return Fail(Code::kInvalidArgument, "read the HTTP rule of " + route->method->full_name() +
                                            ": another method has that path");
  }
  routes_.push_back(*std::move(route));
  // The one that was declared later is found.
  if (!is_new) {
    return Fail(Code::kInvalidArgument, "read the HTTP rule of " +
                                            routes_.back().method->full_name() +
                                            ": it takes the place of another rule with that path");
  }
  return {};
}

void Routes::AddLoosely(const MethodDescriptor& method) {
  if (method.client_streaming()) return;  // has no form over HTTP, which is no fault of its author
  std::vector<HttpRule> rules(1);
  rules[0].set_post("/" + method.service()->full_name() + "/" + method.name());
  rules[0].set_body("*");
  if (method.options().HasExtension(google::api::http)) {
    const HttpRule& first = method.options().GetExtension(google::api::http);
    rules.push_back(first);
    rules.insert(rules.end(), first.additional_bindings().begin(),
                 first.additional_bindings().end());
  }
  for (const HttpRule& rule : rules) {
    const bool has_room = routes_.size() < kRoutesMax;
    const Result<> kept =
        has_room ? Keep(LooseRouteOf(method, rule))
                 : Fail(Code::kResourceExhausted, "read the HTTP rule of " + method.full_name() +
                                                      ": there are too many routes");
    if (!kept && faults_.size() < kFaultsMax) faults_.push_back(kept.error().message);
  }
}

Result<Routes> Routes::Of(const std::vector<const google::protobuf::ServiceDescriptor*>& services,
                          Manner manner) {
  Routes routes;
  routes.manner_ = manner;
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      if (manner == Manner::kGrpcGateway) {
        routes.AddLoosely(*service->method(i));
      } else if (Result<> added = routes.Add(*service->method(i)); !added) {
        return std::unexpected(added.error());
      }
    }
  }
  if (manner == Manner::kGrpcGateway) std::ranges::reverse(routes.routes_);
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
