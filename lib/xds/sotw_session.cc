#include "xds/sotw_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "base/prefetch.h"

namespace fairlead::xds {
namespace {

// Responses that a client leaves unanswered. Beyond it the oldest two count as one.
constexpr std::size_t kUnansweredMax = 16;

// For each type after a listener's return. Two acknowledgements fit between the return and the
// client's forgetting; more repetitions than this are no forgetting but a client's habit.
constexpr std::uint8_t kRemindersForAnswers = 2;
constexpr std::uint8_t kRemindersForRepetitions = 8;

std::optional<std::uint64_t> ReadNonce(std::string_view text) {
  std::uint64_t nonce = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nonce);
  if (error != std::errc() || end != text.data() + text.size() || nonce == 0) {
    return std::nullopt;
  }
  return nonce;
}

}  // namespace

Result<> SotwSession::OnRequest(std::span<const std::byte> message, TimePoint now,
                                SessionEvents& events) {
  const Result<Request> request = ReadRequest(message);
  if (!request) {
    return std::unexpected(request.error());
  }
  if (!node_) {
    if (Result<> taken = TakeNode(*request); !taken) {
      return taken;
    }
  }
  const std::optional<ResourceType> type = TypeOfUrl(request->type_url);
  if (!type) {
    if (request->type_url.empty()) {
      return Fail(Code::kInvalidArgument, "read discovery request: no type_url; ADS needs one");
    }
    return SpendUnasked(now);  // A type that we do not serve: the client waits or does without.
  }
  TypeState& state = types_[Index(*type)];
  const bool is_answer = TakeAnswer(state, *type, *request, events);
  if (!is_answer) {
    if (Result<> spent = SpendUnasked(now); !spent) {
      return spent;
    }
  }
  const bool is_stale =
      !request->response_nonce.empty() && ReadNonce(request->response_nonce) != state.latest_nonce;
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
  if (IsCompleteSet(type) && state.refused_text.empty()) {
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
    return catalog.Find(viewers_, flavour_, ResourceType::kListener, name) != nullptr;
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

Result<> SotwSession::TakeNode(const Request& request) {
  if (!request.node) {
    return Fail(Code::kInvalidArgument, "read discovery request: the first one carries no node");
  }
  if (request.node->size() > limits_.node_bytes_max) {
    return Fail(Code::kInvalidArgument,
                fmt::format("read discovery request: the node has {} bytes, {} are allowed",
                            request.node->size(), limits_.node_bytes_max));
  }
  Result<NodeInfo> node = ReadNode(*request.node);
  if (!node) {
    return std::unexpected(node.error());
  }
  flavour_ = FlavourOf(*node);
  node_ = std::move(*node);
  return {};
}

// Books an ACK or NACK. True when it answers a response that was still unanswered.
bool SotwSession::TakeAnswer(TypeState& state, ResourceType type, const Request& request,
                             SessionEvents& events) {
  const std::optional<std::uint64_t> nonce = ReadNonce(request.response_nonce);
  const auto sent =
      std::ranges::find_if(state.unanswered, [&](const Sent& one) { return one.nonce == nonce; });
  if (!nonce || sent == state.unanswered.end()) {
    return false;
  }
  if (request.error_detail) {
    state.refused_text = ErrorDetailText(*request.error_detail);
    state.has_refused = true;
    sent->ForEach([&](const SentEndpoints& endpoints) { SetRefused(state, endpoints, true); });
    events.OnRefused({type, VersionText(sent->content), state.refused_text});
    state.unanswered.erase(sent);
    return true;
  }
  // A client that answers only the latest of several has taken the earlier ones as well: a refusal
  // would have come as an answer of its own.
  for (auto one = state.unanswered.begin(); one != sent + 1; ++one) {
    one->ForEach([&](const SentEndpoints& endpoints) {
      events.OnEndpointsAcknowledged(endpoints.resource->name, endpoints.revision);
      if (state.has_refused) SetRefused(state, endpoints, false);
    });
  }
  state.acknowledged_content = sent->content;
  state.refused_text.clear();
  state.unanswered.erase(state.unanswered.begin(), sent + 1);
  return true;
}

Result<> SotwSession::SpendUnasked(TimePoint now) {
  const double elapsed_seconds =
      unasked_at_ ? std::chrono::duration<double>(now - *unasked_at_).count() : 0;
  unasked_budget_ =
      unasked_at_
          ? std::min(limits_.unasked_requests_burst_max,
                     unasked_budget_ + elapsed_seconds * limits_.unasked_requests_per_second_max)
          : limits_.unasked_requests_burst_max;
  unasked_at_ = now;
  if (unasked_budget_ < 1) {
    return Fail(Code::kResourceExhausted,
                "read discovery request: more requests than this stream may send");
  }
  unasked_budget_ -= 1;
  return {};
}

Result<> SotwSession::CheckNames(const Request& request,
                                 const std::vector<std::string_view>& names) const {
  if (request.name_count > limits_.names_per_type_max) {
    return Fail(Code::kResourceExhausted,
                fmt::format("read discovery request: {} names, {} are allowed per type",
                            request.name_count, limits_.names_per_type_max));
  }
  for (const std::string_view name : names) {
    if (name.size() > limits_.name_bytes_max) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("read discovery request: a name has {} bytes, {} are allowed",
                              name.size(), limits_.name_bytes_max));
    }
  }
  return {};
}

bool SotwSession::WantsWildcard(const TypeState& state, ResourceType type,
                                const std::vector<std::string_view>& names) const {
  if (!IsCompleteSet(type)) {
    return false;
  }
  if (std::ranges::find(names, "*") != names.end()) {
    return true;
  }
  // The older form: nothing named, ever. gRPC clients that open a type so want nothing (older Go
  // and Java do when they resubscribe), everybody else wants all.
  return names.empty() && !state.has_named && !node_->user_agent.starts_with("gRPC");
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
  const std::vector<std::string_view> names = request.Names();
  if (Result<> checked = CheckNames(request, names); !checked) {
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
  if (before.names == viewers.names) {
    return;
  }
  TypeState& listeners = types_[Index(ResourceType::kListener)];
  if (listeners.is_asked) {
    listeners.set_owed = std::max(listeners.set_owed.value_or(Owed::kIfChanged), Owed::kIfChanged);
    Owe(ResourceType::kListener);
  }
  for (const std::string& name : types_[Index(ResourceType::kRoute)].subscription.names) {
    Touch({.type = ResourceType::kRoute, .name = name, .table = viewers.names.value});
  }
}

// A revision means other addresses to other viewers. So what is unanswered counts no longer, unless
// it is just what the new class is told now: then it counts for the present revision.
void SotwSession::MoveEndpoints(Catalog& catalog, SessionEvents& events) {
  TypeState& state = types_[Index(ResourceType::kEndpoints)];
  std::set<std::string, std::less<>> same;
  for (const Part& part : state.parts) {
    const ResourcePtr now = catalog.Find(viewers_, flavour_, ResourceType::kEndpoints, part.name);
    if (part.is_sent && now && now->content == part.sent_content) {
      same.insert(part.name);
    }
  }
  std::set<std::string, std::less<>> unanswered;
  for (auto sent = state.unanswered.rbegin(); sent != state.unanswered.rend(); ++sent) {
    Sent still_counts{.nonce = sent->nonce, .content = sent->content};
    sent->ForEach([&](const SentEndpoints& endpoints) {
      const std::string& name = endpoints.resource->name;
      const bool is_latest = unanswered.insert(name).second;
      if (is_latest && same.contains(name)) {
        still_counts.Add({endpoints.resource, catalog.EndpointsRevision(name)});
      }
    });
    *sent = std::move(still_counts);
  }
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

void SotwSession::SetRefused(TypeState& state, const SentEndpoints& endpoints, bool is_refused) {
  const auto part =
      std::ranges::lower_bound(state.parts, endpoints.resource->name, {}, &Part::name);
  if (part != state.parts.end() && part->name == endpoints.resource->name) {
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

std::optional<Outgoing> SotwSession::Next(Catalog& catalog, ResponseCache& responses) {
  if (owes_urgent_) {
    auto out = NextPart(ResourceType::kEndpoints, &Part::urgent, &TypeState::urgent, catalog);
    owes_urgent_ = types_[Index(ResourceType::kEndpoints)].urgent.count > 0;
    if (out) {
      return out;
    }
  }
  for (const ResourceType type : kResourceTypes) {
    if ((owed_types_ & 1U << Index(type)) == 0) {
      continue;
    }
    auto out = IsCompleteSet(type) ? NextSet(type, catalog, responses)
                                   : NextPart(type, &Part::owed, &TypeState::owed, catalog);
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
                                             ResponseCache& responses) {
  TypeState& state = types_[Index(type)];
  if (!state.set_owed) {
    return std::nullopt;
  }
  const bool is_always = *state.set_owed == Owed::kAlways;
  state.set_owed.reset();
  Response response = responses.CompleteSet(viewers_, flavour_, type, state.subscription);
  if (!is_always && state.sent_set_content == response.content) {
    return std::nullopt;
  }
  if (type == ResourceType::kListener) {
    CompareListeners(catalog);
  }
  state.sent_set_content = response.content;
  if (type == ResourceType::kCluster && flavour_ == Flavour::kEnvoy) {
    OweAllEndpoints();
  }
  return Send(state, type, std::move(response), {});
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
                                              Marks TypeState::* marks, Catalog& catalog) {
  TypeState& state = types_[Index(type)];
  Marks& left = state.*marks;
  boost::container::small_vector<ResourcePtr, 1> resources;  // a push tells of one as a rule
  Sent sent;
  std::size_t bytes = 0;
  for (; left.count > 0 && bytes < limits_.response_bytes_max; ++left.from) {
    Part& part = state.parts[left.from];
    const std::optional<Owed> owed = std::exchange(part.*marked, std::nullopt);
    if (!owed) {
      continue;
    }
    --left.count;
    ResourcePtr resource = catalog.Find(viewers_, flavour_, type, part.name);
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

void SotwSession::Sent::Add(SentEndpoints endpoints) {
  if (first.resource) {
    more.push_back(std::move(endpoints));
  } else {
    first = std::move(endpoints);
  }
}

Outgoing SotwSession::Send(TypeState& state, ResourceType type, Response response, Sent sent) {
  state.latest_nonce = ++last_nonce_;
  if (state.unanswered.size() >= kUnansweredMax) {
    // The oldest two count as one.
    Sent& oldest = state.unanswered[0];
    Sent& second = state.unanswered[1];
    if (oldest.first.resource) {
      oldest.more.push_back(std::move(oldest.first));
    }
    second.more.insert(second.more.begin(), oldest.more.begin(), oldest.more.end());
    state.unanswered.erase(state.unanswered.begin());
  }
  sent.nonce = state.latest_nonce;
  sent.content = response.content;
  state.unanswered.push_back(std::move(sent));
  return {.type = type,
          .content = response.content,
          .shared = std::move(response.prefix),
          .nonce = state.latest_nonce};
}

}  // namespace fairlead::xds
