#include "xds/adoption.h"

#include <algorithm>

namespace fairlead::xds {

void AdoptionTracker::Published(const ServiceName& name, std::uint64_t revision,
                                const std::vector<NetworkClass>& unchanged) {
  Service& service = services_[name];
  for (auto& [viewers, group] : service.groups) {
    if (service.revision == 0 || std::ranges::find(unchanged, viewers) == unchanged.end()) {
      group.same_since = revision;
    }
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
  service.revision = service.reported = 0;
  for (auto& [viewers, group] : service.groups) {
    group.same_since = 0;
    group.users_at.clear();
    group.absent.clear();
    for (auto& [stream, acknowledged] : group.live) {
      acknowledged = 0;
      Count(group, 0, 1);
    }
  }
  std::erase_if(service.groups, [](const auto& entry) { return entry.second.live.empty(); });
  if (service.groups.empty()) {
    services_.erase(found);
  }
  changed_.erase(name);
}

void AdoptionTracker::Subscribed(StreamId stream, const ClientId& client, const ServiceName& name) {
  Service& service = services_[name];
  Stream& known = streams_[stream];
  known.client = client;
  known.services.insert(name);
  Group& group = GroupOf(service, known.viewers);
  if (group.live.try_emplace(stream, 0).second) {
    Count(group, 0, 1);
  }
  if (ForgetAbsent(service, client)) {  // It is back: its stream speaks for it.
    changed_.insert(name);
  }
}

void AdoptionTracker::TakeOut(StreamId stream, const Stream& known, const ServiceName& name) {
  Group* group = FindGroup(name, known.viewers);
  if (group == nullptr) {
    return;
  }
  if (const auto live = group->live.find(stream); live != group->live.end()) {
    Count(*group, live->second, -1);
    group->live.erase(live);
    changed_.insert(name);
  }
  Tidy(name, known.viewers);
}

void AdoptionTracker::Unsubscribed(StreamId stream, const ServiceName& name) {
  if (const auto known = streams_.find(stream); known != streams_.end()) {
    TakeOut(stream, known->second, name);
    known->second.services.erase(name);
  }
}

void AdoptionTracker::Moved(StreamId stream, NetworkClass viewers) {
  Stream& known = streams_[stream];
  if (known.viewers == viewers) {
    return;
  }
  for (const ServiceName& name : known.services) {
    // Into the new group first, so that the service does not go with its last one.
    Group& group = GroupOf(services_[name], viewers);
    if (group.live.try_emplace(stream, 0).second) {
      Count(group, 0, 1);
    }
    TakeOut(stream, known, name);
  }
  known.viewers = viewers;
}

void AdoptionTracker::Acknowledged(StreamId stream, NetworkClass viewers, const ServiceName& name,
                                   std::uint64_t revision) {
  Group* group = FindGroup(name, viewers);
  if (group == nullptr) {
    return;
  }
  const auto live = group->live.find(stream);
  if (live == group->live.end() || live->second >= revision) {
    return;
  }
  const std::uint64_t slowest = group->users_at.begin()->first;
  Count(*group, revision, 1);
  Count(*group, live->second, -1);
  live->second = revision;
  if (group->users_at.begin()->first != slowest) {
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
    Group& group = GroupOf(service, ended.viewers);
    const auto live = group.live.find(stream);
    const std::uint64_t acknowledged = live->second;
    group.live.erase(live);
    if (service.revision != 0) {
      // One absence per client: the one that lags most counts.
      const auto [absence, is_new] = group.absent.try_emplace(ended.client);
      const std::uint64_t lagging =
          is_new ? acknowledged : std::min(absence->second.acknowledged, acknowledged);
      if (!is_new) {
        Count(group, absence->second.acknowledged, -1);
      }
      absence->second = {lagging, until};
      Count(group, lagging, 1);
    }
    Count(group, acknowledged, -1);
    changed_.insert(name);
    Tidy(name, ended.viewers);
  }
}

void AdoptionTracker::Forget(const ClientId& client) {
  for (auto& [name, service] : services_) {
    if (ForgetAbsent(service, client)) {
      changed_.insert(name);
    }
  }
}

void AdoptionTracker::Expire(TimePoint now) {
  for (auto& [name, service] : services_) {
    for (auto& [viewers, group] : service.groups) {
      for (auto absence = group.absent.begin(); absence != group.absent.end();) {
        if (absence->second.until > now) {
          ++absence;
          continue;
        }
        Count(group, absence->second.acknowledged, -1);
        absence = group.absent.erase(absence);
        changed_.insert(name);
      }
    }
    std::erase_if(service.groups, [](const auto& entry) { return entry.second.users_at.empty(); });
  }
}

std::uint64_t AdoptionTracker::AdoptedBy(const Service& service, const Group& group) {
  const std::uint64_t slowest =
      group.users_at.empty() ? service.revision : group.users_at.begin()->first;
  return slowest >= group.same_since ? service.revision : slowest;
}

std::vector<std::pair<ServiceName, std::uint64_t>> AdoptionTracker::TakeAdopted() {
  std::vector<std::pair<ServiceName, std::uint64_t>> adopted;
  for (const ServiceName& name : changed_) {
    const auto found = services_.find(name);
    if (found == services_.end() || found->second.revision == 0) {
      continue;
    }
    Service& service = found->second;
    std::uint64_t revision = service.revision;
    for (const auto& [viewers, group] : service.groups) {
      revision = std::min(revision, AdoptedBy(service, group));
    }
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
    for (const auto& [viewers, group] : service.groups) {
      for (const auto& [client, absence] : group.absent) {
        clients.insert(client);
      }
    }
  }
  return {clients.begin(), clients.end()};
}

void AdoptionTracker::Count(Group& group, std::uint64_t revision, int change) {
  const auto entry = group.users_at.try_emplace(revision, 0).first;
  entry->second += change;
  if (entry->second == 0) {
    group.users_at.erase(entry);
  }
}

AdoptionTracker::Group& AdoptionTracker::GroupOf(Service& service, NetworkClass viewers) {
  const auto [group, is_new] = service.groups.try_emplace(viewers);
  if (is_new) {
    group->second.same_since = service.revision;  // what a new user is sent
  }
  return group->second;
}

AdoptionTracker::Group* AdoptionTracker::FindGroup(const ServiceName& name, NetworkClass viewers) {
  const auto service = services_.find(name);
  if (service == services_.end()) {
    return nullptr;
  }
  const auto group = service->second.groups.find(viewers);
  return group == service->second.groups.end() ? nullptr : &group->second;
}

void AdoptionTracker::Tidy(const ServiceName& name, NetworkClass viewers) {
  const auto service = services_.find(name);
  if (service == services_.end()) {
    return;
  }
  const auto group = service->second.groups.find(viewers);
  if (group != service->second.groups.end() && group->second.users_at.empty()) {
    service->second.groups.erase(group);
  }
  if (service->second.revision == 0 && service->second.groups.empty()) {
    services_.erase(service);
  }
}

bool AdoptionTracker::ForgetAbsent(Service& service, const ClientId& client) {
  bool is_forgotten = false;
  for (auto& [viewers, group] : service.groups) {
    const auto absence = group.absent.find(client);
    if (absence != group.absent.end()) {
      Count(group, absence->second.acknowledged, -1);
      group.absent.erase(absence);
      is_forgotten = true;
    }
  }
  std::erase_if(service.groups, [](const auto& entry) { return entry.second.users_at.empty(); });
  return is_forgotten;
}

}  // namespace fairlead::xds
