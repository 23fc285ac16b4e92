#include "ca/roster.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace fairlead::ca {
namespace {

constexpr std::size_t kShownBytesMax = 64;

std::string Shown(std::string_view text) {
  return Printable(text, kShownBytesMax);
}

}  // namespace

bool Roster::Observe(const ContainerFacts& facts, const std::optional<ServiceName>& asks,
                     TimePoint now) {
  if (!asks) return Gone(facts.id, now);
  Member member{
      .service = *asks, .owner = OwnerOf(facts.user), .created = facts.created, .name = facts.name};
  const auto known = members_.find(facts.id);
  if (known != members_.end()) {
    if (known->second == member) return false;
    // Its name may have changed, and by that the service.
    if (known->second.service != member.service) Gone(facts.id, now);
  }
  services_[member.service].insert(facts.id);
  abandoned_.erase(member.service);
  members_[facts.id] = std::move(member);
  return true;
}

bool Roster::Gone(const ContainerId& id, TimePoint now) {
  const auto known = members_.find(id);
  if (known == members_.end()) return false;
  const ServiceName name = known->second.service;
  members_.erase(known);
  const auto service = services_.find(name);
  service->second.erase(id);
  if (service->second.empty()) {
    services_.erase(service);
    Abandon(name, now);
  }
  return true;
}

void Roster::Remember(const WantedService& service) {
  remembered_.insert({service.name, service});
}

void Roster::EndRemembering(TimePoint now) {
  for (const auto& [name, service] : std::exchange(remembered_, {})) Found(name, now);
}

void Roster::Found(const ServiceName& name, TimePoint now) {
  if (!services_.contains(name)) Abandon(name, now);
}

void Roster::Abandon(const ServiceName& name, TimePoint now) {
  if (abandoned_.size() < kAbandonedMax) abandoned_.insert({name, now});
}

WantedService Roster::WantedOf(const ServiceName& name, const std::set<ContainerId>& ids) const {
  const Member* newest = nullptr;
  const Member* other = nullptr;
  for (const ContainerId& id : ids) {
    const Member& member = members_.at(id);
    if (newest == nullptr || member.created >= newest->created) newest = &member;
  }
  for (const ContainerId& id : ids) {
    if (members_.at(id).owner != newest->owner) other = &members_.at(id);
  }
  WantedService one{.name = name, .owner = newest->owner, .trouble = ""};
  if (!newest->owner.unknown_user.empty()) {
    one.trouble = fmt::format(
        "container {} runs as user {}, whose number only its image knows, so its key is for root "
        "alone; write the number (user: \"1000\")",
        Shown(newest->name), Shown(newest->owner.unknown_user));
  } else if (other != nullptr) {
    one.trouble = fmt::format(
        "containers {} and {} run as different users, and the key is for the newer one's alone",
        Shown(other->name), Shown(newest->name));
  }
  return one;
}

std::vector<WantedService> Roster::Wanted() const {
  std::map<ServiceName, WantedService> wanted = remembered_;
  for (const auto& [name, ids] : services_) wanted[name] = WantedOf(name, ids);
  std::vector<WantedService> list;
  for (auto& [name, one] : wanted) list.push_back(std::move(one));
  return list;
}

std::vector<ServiceName> Roster::Abandoned(TimePoint now) const {
  std::vector<ServiceName> names;
  for (const auto& [name, since] : abandoned_) {
    if (now - since >= kAbandonedAfter) names.push_back(name);
  }
  return names;
}

}  // namespace fairlead::ca
