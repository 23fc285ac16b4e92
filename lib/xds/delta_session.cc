#include "xds/delta_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/prefetch.h"

namespace fairlead::xds {
namespace {

// What refers to others leaves first.
constexpr std::array kRemovalOrder = {ResourceType::kListener, ResourceType::kRoute,
                                      ResourceType::kCluster, ResourceType::kEndpoints};

}  // namespace

Result<> DeltaSession::OnRequest(std::span<const std::byte> message, TimePoint now,
                                 SessionEvents& events) {
  const Result<DeltaRequest> request = ReadDeltaRequest(message);
  if (!request) {
    return std::unexpected(request.error());
  }
  const Result<std::optional<ResourceType>> served =
      requester_.Admit(request->node, request->type_url);
  if (!served) {
    return std::unexpected(served.error());
  }
  const std::optional<ResourceType> type = *served;
  if (!type) {
    return requester_.SpendUnasked(now);
  }
  TypeState& state = types_[Index(*type)];
  const bool is_answer = state.answers.Take(
      *type, ReadNonce(request->response_nonce), request->error_detail, now, events,
      [&](const std::string& name, bool is_refused) {
        if (const auto item = state.items.find(name); item != state.items.end()) {
          item->second.is_refused = is_refused;
        }
      });
  if (!is_answer) {
    if (Result<> spent = requester_.SpendUnasked(now); !spent) {
      return spent;
    }
  }
  return TakeEdits(state, *type, *request, events);
}

Result<> DeltaSession::TakeEdits(TypeState& state, ResourceType type, const DeltaRequest& request,
                                 SessionEvents& events) {
  const bool is_first = !std::exchange(state.is_asked, true);
  for (const auto* names : {&request.subscribe, &request.unsubscribe}) {
    if (Result<> checked = requester_.CheckNames(*names); !checked) {
      return checked;
    }
  }
  // Whatever a request can make this session keep.
  const std::size_t most = std::max({is_first ? request.held.size() : 0,
                                     state.subscription.names.size() + request.subscribe.size(),
                                     state.owed.size() + request.unsubscribe.size()});
  if (Result<> checked = requester_.CheckNameCount(most); !checked) {
    return checked;
  }
  if (is_first) {
    for (const auto& [name, version] : request.held) {
      if (Result<> checked = requester_.CheckNames({name, version}); !checked) {
        return checked;
      }
      state.items[std::string(name)].version = version;
    }
    if (request.subscribe.empty() && request.unsubscribe.empty() && IsCompleteSet(type) &&
        requester_.wants_all_unnamed()) {
      SetWildcard(state, type, true, events);
    }
  }
  // Who swaps a name for everything may still have what was under the name: with the wildcard in
  // force the name is answered, as removed if it is gone.
  const bool has_gained_all = IsCompleteSet(type) && !state.subscription.is_wildcard &&
                              std::ranges::find(request.subscribe, "*") != request.subscribe.end();
  if (has_gained_all) {
    SetWildcard(state, type, true, events);
  }
  for (const std::string_view name : request.unsubscribe) {
    if (!has_gained_all || name != "*") {
      Unsubscribe(state, type, name, events);
    }
  }
  for (const std::string_view name : request.subscribe) {
    Subscribe(state, type, name, events);
  }
  if (is_first && !state.subscription.is_wildcard) {
    // What it has and did not ask for is not ours to keep up to date.
    std::erase_if(state.items,
                  [&](const auto& item) { return !state.subscription.names.contains(item.first); });
  }
  return {};
}

void DeltaSession::Subscribe(TypeState& state, ResourceType type, std::string_view name,
                             SessionEvents& events) {
  if (name == "*") {
    if (IsCompleteSet(type)) {
      SetWildcard(state, type, true, events);
    }
    return;
  }
  const auto [added, is_new] = state.subscription.names.emplace(name);
  if (is_new) {
    events.OnSubscribed(type, *added);
  }
  Mark(type, name, Owed::kAlways);
}

void DeltaSession::Unsubscribe(TypeState& state, ResourceType type, std::string_view name,
                               SessionEvents& events) {
  if (name == "*") {
    SetWildcard(state, type, false, events);
    return;
  }
  if (const auto known = state.subscription.names.find(name);
      known != state.subscription.names.end()) {
    events.OnUnsubscribed(type, *known);
    state.subscription.names.erase(known);
  }
  if (state.subscription.is_wildcard) {
    Mark(type, name, Owed::kAlways);  // it has forgotten what the wildcard gives it
    return;
  }
  const std::string key(name);
  state.items.erase(key);
  for (Marks* marks : {&state.owed, &state.urgent, &state.gone}) {
    marks->erase(key);
  }
}

void DeltaSession::SetWildcard(TypeState& state, ResourceType type, bool is_wildcard,
                               SessionEvents& events) {
  if (state.subscription.is_wildcard == is_wildcard) {
    return;
  }
  state.subscription.is_wildcard = is_wildcard;
  state.is_all_owed = state.is_answer_owed = is_wildcard;
  if (is_wildcard) {
    Owe(type);
  } else {
    const auto is_unnamed = [&](const auto& entry) {
      return !state.subscription.names.contains(entry.first);
    };
    std::erase_if(state.items, is_unnamed);
    for (Marks* marks : {&state.owed, &state.urgent, &state.gone}) {
      std::erase_if(*marks, is_unnamed);
    }
  }
  events.OnWildcard(type, is_wildcard);
}

void DeltaSession::Mark(ResourceType type, std::string_view name, Owed owed) {
  TypeState& state = types_[Index(type)];
  if (const auto gone = state.gone.find(name); gone != state.gone.end()) {
    owed = std::max(owed, gone->second);
    state.gone.erase(gone);
  }
  Owed& mark = state.owed.try_emplace(std::string(name), owed).first->second;
  mark = std::max(mark, owed);
  Owe(type);
}

void DeltaSession::Touch(const ResourceChange& change) {
  TypeState& state = types_[Index(change.type)];
  if (!state.subscription.is_wildcard && !state.subscription.names.contains(change.name)) {
    return;
  }
  if (change.is_urgent) {
    // Only what the client already uses can be urgent to take away.
    const auto item = state.items.find(change.name);
    if (item != state.items.end() && !item->second.version.empty()) {
      state.urgent.try_emplace(change.name, Owed::kIfChanged);
      owes_urgent_ = true;
      return;
    }
  }
  Mark(change.type, change.name, Owed::kIfChanged);
}

void DeltaSession::MoveTo(const ViewerClass& viewers, Catalog& catalog, SessionEvents& events) {
  const ViewerClass before = viewers_;
  viewers_ = viewers;
  if (before.networks != viewers.networks) {
    MoveEndpoints(catalog, events);
  }
  if (TableOf(ResourceType::kCluster, before) != TableOf(ResourceType::kCluster, viewers)) {
    OweAll(ResourceType::kCluster);
  }
  if (before.names != viewers.names) {
    OweAll(ResourceType::kListener);
    OweAll(ResourceType::kRoute);
  }
}

void DeltaSession::OweAll(ResourceType type) {
  TypeState& state = types_[Index(type)];
  if (state.is_asked) {
    state.is_all_owed = true;
    Owe(type);
  }
}

void DeltaSession::MoveEndpoints(Catalog& catalog, SessionEvents& events) {
  TypeState& state = types_[Index(ResourceType::kEndpoints)];
  std::set<std::string, std::less<>> same;
  for (const auto& [name, item] : state.items) {
    const ResourcePtr now = catalog.Find(viewers_, flavour(), ResourceType::kEndpoints, name);
    if (now && item.version == VersionText(now->content)) {
      same.insert(name);
    }
  }
  const auto unanswered = state.answers.Move(same, catalog);
  for (const auto& [name, item] : state.items) {
    if (!same.contains(name)) {
      Touch({.type = ResourceType::kEndpoints,
             .name = name,
             .is_urgent = true,
             .table = viewers_.networks.value});
    } else if (!unanswered.contains(name) && !item.is_refused && !state.owed.contains(name)) {
      events.OnEndpointsAcknowledged(name, catalog.EndpointsRevision(name));
    }
  }
}

void DeltaSession::FetchAhead() const {
  Prefetch(this, 128);
}

std::optional<Outgoing> DeltaSession::Next(Catalog& catalog, ResponseCache& responses,
                                           TimePoint now) {
  if (owes_urgent_) {
    Marks& urgent = types_[Index(ResourceType::kEndpoints)].urgent;
    auto out = NextChanges(ResourceType::kEndpoints, urgent, catalog, responses, now);
    owes_urgent_ = !urgent.empty();
    if (out) {
      return out;
    }
  }
  for (const ResourceType type : kResourceTypes) {
    if ((owed_types_ & 1U << Index(type)) == 0) {
      continue;
    }
    TypeState& state = types_[Index(type)];
    MarkDifferences(state, type, catalog);
    if (auto out = NextChanges(type, state.owed, catalog, responses, now)) {
      return out;
    }
  }
  for (const ResourceType type : kRemovalOrder) {
    if (auto out = NextRemovals(type, responses, now)) {
      return out;
    }
  }
  owed_types_ = 0;
  return std::nullopt;
}

void DeltaSession::MarkDifferences(TypeState& state, ResourceType type, const Catalog& catalog) {
  if (!std::exchange(state.is_all_owed, false)) {
    return;
  }
  for (const auto& [name, item] : state.items) {
    Mark(type, name, Owed::kIfChanged);
  }
  for (const std::string& name : state.subscription.names) {
    Mark(type, name, Owed::kIfChanged);
  }
  if (state.subscription.is_wildcard) {
    for (const ResourcePtr& resource : catalog.All(viewers_, flavour(), type)) {
      Mark(type, resource->name, Owed::kIfChanged);
    }
  }
}

std::optional<Outgoing> DeltaSession::NextChanges(ResourceType type, Marks& marks, Catalog& catalog,
                                                  ResponseCache& responses, TimePoint now) {
  TypeState& state = types_[Index(type)];
  std::vector<ResourcePtr> told;
  SentResponse sent{.sent_at = now};
  std::size_t bytes = 0;
  while (!marks.empty() && bytes < requester_.limits().response_bytes_max) {
    const auto mark = marks.extract(marks.begin());
    const std::string& name = mark.key();
    ResourcePtr resource = Told(catalog, type, name);
    if (!resource) {
      Owed& gone = state.gone.try_emplace(name, mark.mapped()).first->second;
      gone = std::max(gone, mark.mapped());
      Owe(type);
      continue;
    }
    Item& item = state.items[name];
    std::string version = VersionText(resource->content);
    if (mark.mapped() == Owed::kIfChanged && item.version == version) {
      continue;
    }
    item = {.version = std::move(version), .is_refused = false};
    bytes += resource->entry->size();
    if (type == ResourceType::kEndpoints) {
      sent.Add({resource, catalog.EndpointsRevision(name)});
    } else if (type == ResourceType::kCluster && IsEnvoy(flavour()) &&
               types_[Index(ResourceType::kEndpoints)].subscription.names.contains(name)) {
      Mark(ResourceType::kEndpoints, name, Owed::kAlways);
    }
    told.push_back(std::move(resource));
  }
  if (told.empty() && !std::exchange(state.is_answer_owed, false)) {
    return std::nullopt;
  }
  state.is_answer_owed = false;
  return Send(state, type, responses.Delta(type, told, {}), std::move(sent));
}

std::optional<Outgoing> DeltaSession::NextRemovals(ResourceType type, ResponseCache& responses,
                                                   TimePoint now) {
  TypeState& state = types_[Index(type)];
  std::vector<std::string> removed;
  std::size_t bytes = 0;
  while (!state.gone.empty() && bytes < requester_.limits().response_bytes_max) {
    const auto gone = state.gone.extract(state.gone.begin());
    const auto item = state.items.extract(gone.key());
    const bool has_it = !item.empty() && !item.mapped().version.empty();
    if (has_it || gone.mapped() == Owed::kAlways) {
      bytes += gone.key().size();
      removed.push_back(gone.key());
    }
  }
  if (removed.empty()) {
    return std::nullopt;
  }
  return Send(state, type, responses.Delta(type, {}, removed), {.sent_at = now});
}

Outgoing DeltaSession::Send(TypeState& state, ResourceType type, Response response,
                            SentResponse sent) {
  sent.nonce = ++last_nonce_;
  sent.content = response.content;
  state.answers.Add(std::move(sent));
  return {.type = type,
          .content = response.content,
          .shared = std::move(response.prefix),
          .nonce = last_nonce_};
}

}  // namespace fairlead::xds
