#include "xds/project_names.h"

#include <algorithm>
#include <utility>

namespace fairlead::xds {

std::vector<std::string> ProjectNames::PutListeners(const std::string& short_name,
                                                    std::vector<ResourcePtr> listeners) {
  std::vector<std::string> changed;
  std::vector<std::string> names;
  for (ResourcePtr& listener : listeners) {
    names.push_back(listener->name);
    ResourcePtr& known = listeners_[listener->name];
    if (!known || known->content != listener->content) {
      changed.push_back(listener->name);
      known = std::move(listener);
    }
  }
  for (const std::string& old : names_[short_name]) {
    if (std::ranges::find(names, old) == names.end()) {
      listeners_.erase(old);
      changed.push_back(old);
    }
  }
  if (names.empty()) {
    names_.erase(short_name);
  } else {
    names_[short_name] = std::move(names);
  }
  generation_ += changed.empty() ? 0 : 1;
  return changed;
}

bool ProjectNames::PutRoutes(ResourcePtr routes) {
  const bool is_same = routes && routes_ ? routes->content == routes_->content : routes == routes_;
  if (is_same) {
    return false;
  }
  routes_ = std::move(routes);
  ++generation_;
  return true;
}

}  // namespace fairlead::xds
