#include "xds/denied_clients.h"

#include <algorithm>

namespace fairlead::xds {

void DeniedClients::Add(ClientReport report, TimePoint until) {
  Key key(report.address, report.names);
  if (!by_client_.contains(key) && by_client_.size() >= kClientsMax) {
    by_client_.erase(std::ranges::min_element(
        by_client_, {}, [](const auto& one) { return one.second.report.number; }));
  }
  by_client_.insert_or_assign(std::move(key), Denied{std::move(report), until});
}

void DeniedClients::Forget(const std::string& address, const std::vector<std::string>& names) {
  by_client_.erase({address, names});
}

void DeniedClients::Expire(TimePoint now) {
  std::erase_if(by_client_, [&](const auto& one) { return one.second.until <= now; });
}

std::vector<ClientReport> DeniedClients::After(std::uint64_t after) const {
  std::vector<ClientReport> reports;
  for (const auto& [key, denied] : by_client_) {
    if (denied.report.number > after) reports.push_back(denied.report);
  }
  std::ranges::sort(reports, {}, &ClientReport::number);
  return reports;
}

}  // namespace fairlead::xds
