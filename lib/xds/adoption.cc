#include "xds/adoption.h"

#include <algorithm>

namespace fairlead::xds {

void AdoptionTracker::Published(const ServiceName& name, std::uint64_t revision,
                                bool has_new_endpoints) {
  Service& service = services_[name];
  if (has_new_endpoints || service.revision == 0) {
    service.same_since = revision;
  }
  service.revision = revision;
  changed_.insert(name);
}

void AdoptionTracker::Dropped(const ServiceName& name) {
  const auto found = services_.find(name);
  if (found == services_.end()) {
    return;
  }
  // Whoever still subscribes has acknowledged nothing of what may come under this name later.
  Service& service = found->second;
  service.revision = service.same_since = service.reported = 0;
  service.users_at.clear();
  service.absent.clear();
  for (auto& [stream, acknowledged] : service.live) {
    acknowledged = 0;
    Count(service, 0, 1);
  }
  if (service.live.empty()) {
    services_.erase(found);
  }
  changed_.erase(name);
}

void AdoptionTracker::Subscribed(StreamId stream, const ClientId& client, const ServiceName& name) {
  Service& service = services_[name];
  Stream& known = streams_[stream];
  known.client = client;
  known.services.insert(name);
  if (service.live.try_emplace(stream, 0).second) {
    Count(service, 0, 1);
  }
  ForgetAbsent(name, service, client);  // It is back: its stream speaks for it.
}

void AdoptionTracker::Unsubscribed(StreamId stream, const ServiceName& name) {
  const auto found = services_.find(name);
  if (found == services_.end()) {
    return;
  }
  Service& service = found->second;
  const auto live = service.live.find(stream);
  if (live != service.live.end()) {
    Count(service, live->second, -1);
    service.live.erase(live);
    changed_.insert(name);
  }
  if (const auto known = streams_.find(stream); known != streams_.end()) {
    known->second.services.erase(name);
  }
  if (service.revision == 0 && service.live.empty() && service.absent.empty()) {
    services_.erase(found);
  }
}

void AdoptionTracker::Acknowledged(StreamId stream, const ServiceName& name,
                                   std::uint64_t revision) {
  const auto found = services_.find(name);
  if (found == services_.end()) {
    return;
  }
  const auto live = found->second.live.find(stream);
  if (live == found->second.live.end() || live->second >= revision) {
    return;
  }
  Service& service = found->second;
  const std::uint64_t slowest = service.users_at.begin()->first;
  Count(service, revision, 1);
  Count(service, live->second, -1);
  live->second = revision;
  if (service.users_at.begin()->first != slowest) {
    changed_.insert(name);  // Only the slowest user's progress adopts anything.
  }
}

void AdoptionTracker::Closed(StreamId stream, TimePoint until) {
  const auto known = streams_.find(stream);
  if (known == streams_.end()) {
    return;
  }
  const Stream ended = std::move(known->second);
  streams_.erase(known);
  for (const ServiceName& name : ended.services) {
    Service& service = services_[name];
    const auto live = service.live.extract(stream);
    if (service.revision != 0) {
      // One absence per client: the one that lags most counts.
      const auto [absence, is_new] = service.absent.try_emplace(ended.client);
      const std::uint64_t lagging =
          is_new ? live.mapped() : std::min(absence->second.acknowledged, live.mapped());
      if (!is_new) {
        Count(service, absence->second.acknowledged, -1);
      }
      absence->second = {lagging, until};
      Count(service, lagging, 1);
    }
    Count(service, live.mapped(), -1);
    changed_.insert(name);
    if (service.revision == 0 && service.live.empty()) {
      services_.erase(name);
    }
  }
}

void AdoptionTracker::Forget(const ClientId& client) {
  for (auto& [name, service] : services_) {
    ForgetAbsent(name, service, client);
  }
}

void AdoptionTracker::Expire(TimePoint now) {
  for (auto& [name, service] : services_) {
    for (auto absence = service.absent.begin(); absence != service.absent.end();) {
      if (absence->second.until > now) {
        ++absence;
        continue;
      }
      Count(service, absence->second.acknowledged, -1);
      absence = service.absent.erase(absence);
      changed_.insert(name);
    }
  }
}

std::vector<std::pair<ServiceName, std::uint64_t>> AdoptionTracker::TakeAdopted() {
  std::vector<std::pair<ServiceName, std::uint64_t>> adopted;
  for (const ServiceName& name : changed_) {
    const auto found = services_.find(name);
    if (found == services_.end() || found->second.revision == 0) {
      continue;
    }
    Service& service = found->second;
    const std::uint64_t slowest =
        service.users_at.empty() ? service.revision : service.users_at.begin()->first;
    const std::uint64_t revision = slowest >= service.same_since ? service.revision : slowest;
    if (revision > service.reported) {
      service.reported = revision;
      adopted.emplace_back(name, revision);
    }
  }
  changed_.clear();
  return adopted;
}

std::vector<ClientId> AdoptionTracker::Remembered() const {
  std::set<ClientId> clients;
  for (const auto& [name, service] : services_) {
    for (const auto& [client, absence] : service.absent) {
      clients.insert(client);
    }
  }
  return {clients.begin(), clients.end()};
}

void AdoptionTracker::Count(Service& service, std::uint64_t revision, int change) {
  const auto entry = service.users_at.try_emplace(revision, 0).first;
  entry->second += change;
  if (entry->second == 0) {
    service.users_at.erase(entry);
  }
}

void AdoptionTracker::ForgetAbsent(const ServiceName& name, Service& service,
                                   const ClientId& client) {
  const auto absence = service.absent.find(client);
  if (absence != service.absent.end()) {
    Count(service, absence->second.acknowledged, -1);
    service.absent.erase(absence);
    changed_.insert(name);
  }
}

}  // namespace fairlead::xds
