// OpenAPI 3 of the routes, as JSON, from the descriptors. Pure.
#pragma once

#include <string>

#include "transcode/routes.h"

namespace fairlead::transcode {

// `version` is the daemon's. Acts need the security scheme `token`; reading needs none.
std::string OpenApiOf(const Routes& routes, const std::string& version);

}  // namespace fairlead::transcode
