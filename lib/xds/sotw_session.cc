#include "xds/sotw_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/prefetch.h"

namespace fairlead::xds {
namespace {

// For each type after a listener's return. Two acknowledgements fit between the return and the
// client's forgetting; more repetitions than this are no forgetting but a client's habit.
constexpr std::uint8_t kRemindersForAnswers = 2;
constexpr std::uint8_t kRemindersForRepetitions = 8;

}  // namespace

Result<> SotwSession::OnRequest(std::span<const std::byte> message, TimePoint now,
                                SessionEvents& events) {
  const Result<Request> request = ReadRequest(message);
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
  const std::optional<std::uint64_t> nonce = ReadNonce(request->response_nonce);
  const bool is_answer = state.answers.Take(
      *type, nonce, request->error_detail, now, events,
      [&](const std::string& name, bool is_refused) { SetRefused(state, name, is_refused); });
  if (!is_answer) {
    if (Result<> spent = requester_.SpendUnasked(now); !spent) {
      return spent;
    }
  }
  const bool is_stale = !request->response_nonce.empty() && nonce != state.latest_nonce;
  if (is_stale) {
    return {};
  }
  std::uint8_t& reminders =
      is_answer ? state.reminders.for_answers : state.reminders.for_repetitions;
  if (reminders > 0 && !request->error_detail && HasSameNames(state, *request)) {
    --reminders;
    Remind(state, *type);
    return {};
  }
  return TakeNames(state, *type, *request, events);
}

bool SotwSession::HasSameNames(const TypeState& state, const Request& request) {
  return state.is_asked && !request.response_nonce.empty() &&
         request.name_count == state.name_count && request.names_hash == state.names_hash;
}

void SotwSession::Remind(TypeState& state, ResourceType type) {
  if (IsCompleteSet(type) && state.answers.refusal() == nullptr) {
    state.set_owed = Owed::kAlways;
  }
  for (std::size_t place = 0; place < state.parts.size(); ++place) {
    if (!state.parts[place].is_refused) {
      Mark(state.owed, state.parts[place].owed, Owed::kAlways, place);
    }
  }
  Owe(type);
}

void SotwSession::CompareListeners(Catalog& catalog) {
  const auto& names = types_[Index(ResourceType::kListener)].subscription.names;
  std::vector<std::string> told;
  std::ranges::copy_if(names, std::back_inserter(told), [&](const std::string& name) {
    return catalog.Find(viewers_, flavour(), ResourceType::kListener, name) != nullptr;
  });
  if (!lost_listeners_.Tell(names, std::move(told))) {
    return;
  }
  for (const ResourceType type : kResourceTypes) {
    if (type != ResourceType::kListener) {
      types_[Index(type)].reminders = {kRemindersForAnswers, kRemindersForRepetitions};
    }
  }
}

bool SotwSession::WantsWildcard(const TypeState& state, ResourceType type,
                                const std::vector<std::string_view>& names) const {
  if (!IsCompleteSet(type)) {
    return false;
  }
  if (std::ranges::find(names, "*") != names.end()) {
    return true;
  }
  // The older form: nothing named, ever.
  return names.empty() && !state.has_named && requester_.wants_all_unnamed();
}

void SotwSession::SetWildcard(TypeState& state, ResourceType type, bool is_wildcard,
                              SessionEvents& events) {
  if (state.subscription.is_wildcard == is_wildcard) {
    return;
  }
  state.subscription.is_wildcard = is_wildcard;
  if (is_wildcard) {
    state.set_owed = Owed::kAlways;
    Owe(type);
  }
  events.OnWildcard(type, is_wildcard);
}

Result<> SotwSession::TakeNames(TypeState& state, ResourceType type, const Request& request,
                                SessionEvents& events) {
  const bool is_initial = request.response_nonce.empty();
  if (HasSameNames(state, request)) {
    return {};  // The common ACK: nothing to look at.
  }
  if (Result<> checked = requester_.CheckNameCount(request.name_count); !checked) {
    return checked;
  }
  const std::vector<std::string_view> names = request.Names();
  if (Result<> checked = requester_.CheckNames(names); !checked) {
    return checked;
  }
  SetWildcard(state, type, WantsWildcard(state, type, names), events);
  state.is_asked = true;
  state.has_named = state.has_named || !names.empty();
  state.name_count = request.name_count;
  state.names_hash = request.names_hash;

  std::set<std::string, std::less<>> wanted(names.begin(), names.end());
  wanted.erase("*");
  for (const std::string& old : state.subscription.names) {
    if (!wanted.contains(old)) {
      events.OnUnsubscribed(type, old);
    }
  }
  bool has_grown = is_initial && (state.subscription.is_wildcard || !wanted.empty());
  for (const std::string& name : wanted) {
    const bool is_new = !state.subscription.names.contains(name);
    if (is_new) {
      events.OnSubscribed(type, name);
    }
    has_grown = has_grown || is_new;
  }
  if (IsCompleteSet(type) && has_grown) {
    state.set_owed = Owed::kAlways;
    Owe(type);
  }
  if (!IsCompleteSet(type)) {
    RenewParts(state, type, wanted, is_initial);
  }
  state.subscription.names = std::move(wanted);
  return {};
}

// What is known of names that stay is kept; new ones, and all of a first request, are owed.
void SotwSession::RenewParts(TypeState& state, ResourceType type,
                             const std::set<std::string, std::less<>>& wanted, bool is_initial) {
  Parts old = std::exchange(state.parts, {});
  state.parts.reserve(wanted.size());
  state.owed = state.urgent = {};
  auto known = old.begin();
  for (const std::string& name : wanted) {
    known = std::find_if(known, old.end(), [&](const Part& part) { return part.name >= name; });
    const bool is_new = known == old.end() || known->name != name;
    Part& part = state.parts.emplace_back(is_new ? Part{.name = name} : std::move(*known++));
    if (is_new || is_initial) {
      part.owed = Owed::kAlways;
      Owe(type);
    }
    state.owed.count += part.owed ? 1 : 0;
    state.urgent.count += part.urgent ? 1 : 0;
  }
}

void SotwSession::Mark(Marks& marks, std::optional<Owed>& mark, Owed owed, std::size_t place) {
  marks.from = marks.count == 0 ? place : std::min(marks.from, place);
  marks.count += mark ? 0 : 1;
  mark = mark ? std::max(*mark, owed) : owed;
}

void SotwSession::Touch(const ResourceChange& change) {
  TypeState& state = types_[Index(change.type)];
  if (IsCompleteSet(change.type)) {
    if (state.subscription.is_wildcard || state.subscription.names.contains(change.name)) {
      state.set_owed = std::max(state.set_owed.value_or(Owed::kIfChanged), Owed::kIfChanged);
      Owe(change.type);
    }
    return;
  }
  const auto part = std::ranges::lower_bound(state.parts, change.name, {}, &Part::name);
  if (part == state.parts.end() || part->name != change.name) {
    return;
  }
  const auto place = static_cast<std::size_t>(part - state.parts.begin());
  // Only what the client already uses can be urgent to take away.
  if (change.is_urgent && part->is_sent) {
    Mark(state.urgent, part->urgent, Owed::kIfChanged, place);
    owes_urgent_ = true;
  } else {
    Mark(state.owed, part->owed, Owed::kIfChanged, place);
    Owe(change.type);
  }
}

void SotwSession::MoveTo(const ViewerClass& viewers, Catalog& catalog, SessionEvents& events) {
  const ViewerClass before = viewers_;
  viewers_ = viewers;
  if (before.networks != viewers.networks) {
    MoveEndpoints(catalog, events);
  }
  if (TableOf(ResourceType::kCluster, before) != TableOf(ResourceType::kCluster, viewers)) {
    OweSetIfChanged(ResourceType::kCluster);
  }
  if (before.names == viewers.names) {
    return;
  }
  OweSetIfChanged(ResourceType::kListener);
  for (const std::string& name : types_[Index(ResourceType::kRoute)].subscription.names) {
    Touch({.type = ResourceType::kRoute, .name = name, .table = viewers.names.value});
  }
}

void SotwSession::OweSetIfChanged(ResourceType type) {
  TypeState& state = types_[Index(type)];
  if (state.is_asked) {
    state.set_owed = std::max(state.set_owed.value_or(Owed::kIfChanged), Owed::kIfChanged);
    Owe(type);
  }
}

void SotwSession::MoveEndpoints(Catalog& catalog, SessionEvents& events) {
  TypeState& state = types_[Index(ResourceType::kEndpoints)];
  std::set<std::string, std::less<>> same;
  for (const Part& part : state.parts) {
    const ResourcePtr now = catalog.Find(viewers_, flavour(), ResourceType::kEndpoints, part.name);
    if (part.is_sent && now && now->content == part.sent_content) {
      same.insert(part.name);
    }
  }
  const auto unanswered = state.answers.Move(same, catalog);
  for (const Part& part : state.parts) {
    if (!same.contains(part.name)) {
      Touch({.type = ResourceType::kEndpoints,
             .name = part.name,
             .is_urgent = true,
             .table = viewers_.networks.value});
    } else if (!unanswered.contains(part.name) && !part.is_refused) {
      events.OnEndpointsAcknowledged(part.name, catalog.EndpointsRevision(part.name));
    }
  }
}

void SotwSession::SetRefused(TypeState& state, const std::string& name, bool is_refused) {
  const auto part = std::ranges::lower_bound(state.parts, name, {}, &Part::name);
  if (part != state.parts.end() && part->name == name) {
    part->is_refused = is_refused;
  }
}

void SotwSession::FetchAhead() const {
  constexpr std::size_t kHeadBytes = 128;
  constexpr std::size_t kWarmBytes = 320;  // up to what is colder
  Prefetch(this, kHeadBytes);
  const TypeState& endpoints = types_[Index(ResourceType::kEndpoints)];
  Prefetch(&endpoints, kWarmBytes);
}

std::optional<Outgoing> SotwSession::Next(Catalog& catalog, ResponseCache& responses,
                                          TimePoint now) {
  if (owes_urgent_) {
    auto out = NextPart(ResourceType::kEndpoints, &Part::urgent, &TypeState::urgent, catalog, now);
    owes_urgent_ = types_[Index(ResourceType::kEndpoints)].urgent.count > 0;
    if (out) {
      return out;
    }
  }
  for (const ResourceType type : kResourceTypes) {
    if ((owed_types_ & 1U << Index(type)) == 0) {
      continue;
    }
    auto out = IsCompleteSet(type) ? NextSet(type, catalog, responses, now)
                                   : NextPart(type, &Part::owed, &TypeState::owed, catalog, now);
    if (types_[Index(type)].owed.count == 0) {
      owed_types_ &= ~(1U << Index(type));
    }
    if (out) {
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Outgoing> SotwSession::NextSet(ResourceType type, Catalog& catalog,
                                             ResponseCache& responses, TimePoint now) {
  TypeState& state = types_[Index(type)];
  if (!state.set_owed) {
    return std::nullopt;
  }
  const bool is_always = *state.set_owed == Owed::kAlways;
  state.set_owed.reset();
  Response response = responses.CompleteSet(viewers_, flavour(), type, state.subscription);
  if (!is_always && state.sent_set_content == response.content) {
    return std::nullopt;
  }
  if (type == ResourceType::kListener) {
    CompareListeners(catalog);
  }
  state.sent_set_content = response.content;
  if (type == ResourceType::kCluster && IsEnvoy(flavour())) {
    OweAllEndpoints();
  }
  return Send(state, type, std::move(response), {.sent_at = now});
}

// Envoy holds back a changed cluster until its endpoints come again, changed or not.
void SotwSession::OweAllEndpoints() {
  TypeState& state = types_[Index(ResourceType::kEndpoints)];
  for (std::size_t place = 0; place < state.parts.size(); ++place) {
    Mark(state.owed, state.parts[place].owed, Owed::kAlways, place);
    Owe(ResourceType::kEndpoints);
  }
}

std::optional<Outgoing> SotwSession::NextPart(ResourceType type, std::optional<Owed> Part::* marked,
                                              Marks TypeState::* marks, Catalog& catalog,
                                              TimePoint now) {
  TypeState& state = types_[Index(type)];
  Marks& left = state.*marks;
  boost::container::small_vector<ResourcePtr, 1> resources;  // a push tells of one as a rule
  SentResponse sent{.sent_at = now};
  std::size_t bytes = 0;
  for (; left.count > 0 && bytes < requester_.limits().response_bytes_max; ++left.from) {
    Part& part = state.parts[left.from];
    const std::optional<Owed> owed = std::exchange(part.*marked, std::nullopt);
    if (!owed) {
      continue;
    }
    --left.count;
    ResourcePtr resource = Told(catalog, type, part.name);
    if (!resource) {
      continue;  // Silence; it is sent when it comes to exist.
    }
    if (part.is_sent && *owed == Owed::kIfChanged && part.sent_content == resource->content) {
      continue;
    }
    part.is_sent = true;
    part.sent_content = resource->content;
    bytes += resource->entry->size();
    if (type == ResourceType::kEndpoints) {
      sent.Add({resource, catalog.EndpointsRevision(part.name)});
      part.is_refused = false;
    }
    resources.push_back(std::move(resource));
  }
  if (resources.empty()) {
    return std::nullopt;
  }
  const std::span<const ResourcePtr> told(resources.data(), resources.size());
  return Send(state, type, EncodeResponse(type, told), std::move(sent));
}

Outgoing SotwSession::Send(TypeState& state, ResourceType type, Response response,
                           SentResponse sent) {
  state.latest_nonce = ++last_nonce_;
  sent.nonce = state.latest_nonce;
  sent.content = response.content;
  state.answers.Add(std::move(sent));
  return {.type = type,
          .content = response.content,
          .shared = std::move(response.prefix),
          .nonce = state.latest_nonce};
}

}  // namespace fairlead::xds
