// What discovery serves and to whom, as the configuration gives it.
#pragma once

#include "config/config.h"
#include "xds/client_locator.h"
#include "xds/server.h"

namespace fairlead::daemon {

// `locator` must outlive whoever uses the options.
xds::DiscoveryOptions DiscoveryOptionsOf(const config::Config& config, xds::ClientLocator& locator);

}  // namespace fairlead::daemon
