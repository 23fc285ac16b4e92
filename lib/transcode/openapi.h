// OpenAPI 3 of the routes, as JSON, from the descriptors. Pure.
#pragma once

#include <string>

#include "transcode/manner.h"
#include "transcode/routes.h"

namespace fairlead::transcode {

struct OpenApiInfo {
  std::string title = "fairlead";
  std::string version;
  std::string base;  // what paths begin with, "/shop"; may be empty
  // What callers have to show.
  enum class Access {
    kTokenToAct,  // our own API: the bearer token, for everything but GET
    kMayHave,     // Authorization is the service's business, and may be left out
    kOpen         // nothing is looked at
  } access = Access::kTokenToAct;
  Manner manner = Manner::kOwn;
};

// An operation for each route; of two with one path and method the first. Parameters of a path are
// called by their fields, or where a part of a field is asked for, after the literal before it.
std::string OpenApiOf(const Routes& routes, const OpenApiInfo& info);

}  // namespace fairlead::transcode
