// ProjectNames: what clients of one project, or that see some projects alone, are told in place of
// what everybody is.
//
// Why: a short name that several projects share means their own service to the clients of each, and
// nothing to everybody else. So a project's tables are those of the host with a few entries over
// them: the listeners of its own shared short names, and Envoy's routes where those matter. Who
// sees some projects alone has short names and routes of those alone. Of
// those who are told of TLS and of the others there is one each (Security). Pure; lives on the
// discovery loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "xds/encoding.h"

namespace fairlead::xds {

class ProjectNames {
 public:
  using Table = std::map<std::string, ResourcePtr, std::less<>>;

  // The listeners of one short name ("user": "user" and "user:50051"); none: it is not shared, or
  // the project has no such service. Returns the names whose listener is another now.
  std::vector<std::string> PutListeners(const std::string& short_name,
                                        std::vector<ResourcePtr> listeners);
  // Envoy's routes; null: the host's. True when that changes something.
  bool PutRoutes(ResourcePtr routes);

  const Table& listeners() const { return listeners_; }
  const ResourcePtr& routes() const { return routes_; }
  bool is_empty() const { return listeners_.empty(); }
  // Grows whenever anything in here changes.
  std::uint64_t generation() const { return generation_; }

 private:
  Table listeners_;
  std::map<std::string, std::vector<std::string>> names_;  // by short name
  ResourcePtr routes_;
  std::uint64_t generation_ = 0;
};

}  // namespace fairlead::xds
