#include "xds/pending_views.h"

#include <algorithm>
#include <utility>

namespace fairlead::xds {
namespace {

auto NameOf(const fleet::ServiceViewPtr& view) {
  return view->name;
}

}  // namespace

bool PendingViews::Add(std::vector<fleet::ServiceViewPtr> changed,
                       std::vector<ServiceName> dropped) {
  const bool is_first = batches_.empty();
  const auto has_come_back = [&](const fleet::ServiceViewPtr& view) {
    return std::ranges::find(batches_.back().dropped, view->name) != batches_.back().dropped.end();
  };
  if (is_first || std::ranges::any_of(changed, has_come_back)) batches_.emplace_back();
  Batch& batch = batches_.back();
  for (fleet::ServiceViewPtr& view : changed) {
    const auto known = std::ranges::find(batch.changed, view->name, NameOf);
    if (known == batch.changed.end()) {
      batch.changed.push_back(std::move(view));
    } else {
      *known = std::move(view);
    }
  }
  for (ServiceName& name : dropped) {
    std::erase_if(batch.changed,
                  [&](const fleet::ServiceViewPtr& view) { return view->name == name; });
    batch.dropped.push_back(std::move(name));
  }
  return is_first;
}

std::vector<PendingViews::Batch> PendingViews::Take() {
  return std::exchange(batches_, {});
}

}  // namespace fairlead::xds
