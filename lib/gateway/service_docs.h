// ServiceDocs: what the gateway tells people of a service: its OpenAPI document, and a page to try
// it with.
//
// Where: /.well-known/fairlead/SERVICE.PROJECT/openapi.json and .../try. RFC 8615 keeps
// /.well-known/ of every host for what is registered there, so that no API has routes of its own
// below it; and a service whose rules take any path at all, `/{name=**}`, cannot hide it, as it is
// looked at first.
// A service is told of under the hosts that it answers under. The document is that of most of its
// replicas; in the middle of a deploy there may be others.
// Threads: one at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/descriptor_set.h"
#include "gateway/directory.h"
#include "http/request.h"
#include "spec/names.h"

namespace fairlead::gateway {

class ServiceDocs {
 public:
  // Whether a request for that path is for this and for no service.
  static bool IsFor(std::string_view path);

  // REQUIRES: IsFor(request.path).
  http::Reply Answer(const http::Request& request, Directory& directory);

 private:
  struct Made {
    std::weak_ptr<const DescriptorSet> of;
    spec::GatewaySpec gateway;
    std::string text;
  };
  http::Reply Document(const Directory::Service& service);

  // The last one of each service that was asked for: making it costs as much as describing it.
  std::map<ServiceName, Made> made_;
};

}  // namespace fairlead::gateway
