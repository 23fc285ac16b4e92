// The pages that load balancers and people's monitors ask: /livez, /readyz, /healthz. Pure.
//
// /livez is 200 while the daemon answers at all, /readyz while lists are published and repairs may
// be done, else 503 with the reason. /healthz?service=NAME is grpc.health.v1 over HTTP, with the
// names that the admin API has: empty, "fairlead.admin.v1.Admin" and "fairlead.ready".
#pragma once

#include <functional>
#include <string>

#include "http/pages.h"
#include "http/request.h"

namespace fairlead::http {

struct Readiness {
  bool is_ready = false;
  std::string phase;   // "serving", "stale" ...
  std::string reason;  // why it is not ready
};

// Adds all three; `ask` is called on the server's loop at each request.
void AddHealthPages(Pages& pages, std::function<Readiness()> ask);

}  // namespace fairlead::http
