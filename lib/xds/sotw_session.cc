#include "xds/sotw_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace fairlead::xds {
namespace {

// Responses that a client leaves unanswered. Beyond it the oldest two count as one.
constexpr std::size_t kUnansweredMax = 16;

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
  if (!TakeAnswer(state, *type, *request, events)) {
    if (Result<> spent = SpendUnasked(now); !spent) {
      return spent;
    }
  }
  const bool is_stale =
      !request->response_nonce.empty() && ReadNonce(request->response_nonce) != state.latest_nonce;
  return is_stale ? Result<>() : TakeNames(state, *type, *request, events);
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
    for (const SentEndpoints& endpoints : sent->endpoints) {
      state.refused.insert(endpoints.name);
    }
    events.OnRefused({type, VersionText(sent->content), state.refused_text});
    state.unanswered.erase(sent);
    return true;
  }
  // A client that answers only the latest of several has taken the earlier ones as well: a refusal
  // would have come as an answer of its own.
  for (auto one = state.unanswered.begin(); one != sent + 1; ++one) {
    for (const SentEndpoints& endpoints : one->endpoints) {
      events.OnEndpointsAcknowledged(endpoints.name, endpoints.revision);
      state.refused.erase(endpoints.name);
    }
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
  if (state.is_asked && !is_initial && request.name_count == state.name_count &&
      request.names_hash == state.names_hash) {
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
      state.owed.erase(old);
      state.urgent.erase(old);
      state.sent_content.erase(old);
      state.refused.erase(old);
      events.OnUnsubscribed(type, old);
    }
  }
  bool has_grown = is_initial && (state.subscription.is_wildcard || !wanted.empty());
  for (const std::string& name : wanted) {
    const bool is_new = !state.subscription.names.contains(name);
    if (is_new) {
      events.OnSubscribed(type, name);
    }
    if (!IsCompleteSet(type) && (is_new || is_initial)) {
      state.owed[name] = Owed::kAlways;
      Owe(type);
    }
    has_grown = has_grown || is_new;
  }
  if (IsCompleteSet(type) && has_grown) {
    state.set_owed = Owed::kAlways;
    Owe(type);
  }
  state.subscription.names = std::move(wanted);
  return {};
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
  if (state.subscription.names.contains(change.name)) {
    // Only what the client already uses can be urgent to take away.
    const bool is_urgent = change.is_urgent && state.sent_content.contains(change.name);
    if (is_urgent) {
      state.urgent.try_emplace(change.name, Owed::kIfChanged);
      owes_urgent_ = true;
    } else {
      state.owed.try_emplace(change.name, Owed::kIfChanged);
      Owe(change.type);
    }
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
  for (const auto& [name, content] : state.sent_content) {
    const ResourcePtr now = catalog.Find(viewers_, flavour_, ResourceType::kEndpoints, name);
    if (now && now->content == content) {
      same.insert(name);
    }
  }
  std::set<std::string, std::less<>> unanswered;
  for (auto sent = state.unanswered.rbegin(); sent != state.unanswered.rend(); ++sent) {
    std::vector<SentEndpoints> still_counts;
    for (const SentEndpoints& endpoints : sent->endpoints) {
      const bool is_latest = unanswered.insert(endpoints.name).second;
      if (is_latest && same.contains(endpoints.name)) {
        still_counts.push_back({endpoints.name, catalog.EndpointsRevision(endpoints.name)});
      }
    }
    sent->endpoints = std::move(still_counts);
  }
  for (const std::string& name : state.subscription.names) {
    if (!same.contains(name)) {
      Touch({.type = ResourceType::kEndpoints,
             .name = name,
             .is_urgent = true,
             .table = viewers_.networks.value});
    } else if (!unanswered.contains(name) && !state.refused.contains(name)) {
      events.OnEndpointsAcknowledged(name, catalog.EndpointsRevision(name));
    }
  }
}

std::optional<Outgoing> SotwSession::Next(Catalog& catalog, ResponseCache& responses) {
  if (owes_urgent_) {
    TypeState& endpoints = types_[Index(ResourceType::kEndpoints)];
    auto out = NextPart(ResourceType::kEndpoints, endpoints.urgent, catalog);
    owes_urgent_ = !endpoints.urgent.empty();
    if (out) {
      return out;
    }
  }
  for (const ResourceType type : kResourceTypes) {
    if ((owed_types_ & 1U << Index(type)) == 0) {
      continue;
    }
    auto out = IsCompleteSet(type) ? NextSet(type, responses)
                                   : NextPart(type, types_[Index(type)].owed, catalog);
    if (types_[Index(type)].owed.empty()) {
      owed_types_ &= ~(1U << Index(type));
    }
    if (out) {
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Outgoing> SotwSession::NextSet(ResourceType type, ResponseCache& responses) {
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
  state.sent_set_content = response.content;
  if (type == ResourceType::kCluster && flavour_ == Flavour::kEnvoy) {
    OweAllEndpoints();
  }
  return Send(state, type, std::move(response), {});
}

// Envoy holds back a changed cluster until its endpoints come again, changed or not.
void SotwSession::OweAllEndpoints() {
  TypeState& state = types_[Index(ResourceType::kEndpoints)];
  for (const std::string& name : state.subscription.names) {
    state.owed[name] = Owed::kAlways;
    Owe(ResourceType::kEndpoints);
  }
}

std::optional<Outgoing> SotwSession::NextPart(ResourceType type,
                                              std::map<std::string, Owed, std::less<>>& owed,
                                              Catalog& catalog) {
  TypeState& state = types_[Index(type)];
  std::vector<ResourcePtr> resources;
  std::vector<SentEndpoints> endpoints;
  std::size_t bytes = 0;
  while (!owed.empty() && bytes < limits_.response_bytes_max) {
    const auto next = owed.extract(owed.begin());
    const std::string& name = next.key();
    ResourcePtr resource = catalog.Find(viewers_, flavour_, type, name);
    if (!resource) {
      continue;  // Silence; it is sent when it comes to exist.
    }
    const auto [sent, is_new] = state.sent_content.try_emplace(name, resource->content);
    if (!is_new && next.mapped() == Owed::kIfChanged && sent->second == resource->content) {
      continue;
    }
    sent->second = resource->content;
    bytes += resource->entry->size();
    if (type == ResourceType::kEndpoints) {
      endpoints.push_back({name, catalog.EndpointsRevision(name)});
      state.refused.erase(name);
    }
    resources.push_back(std::move(resource));
  }
  if (resources.empty()) {
    return std::nullopt;
  }
  return Send(state, type, EncodeResponse(type, resources), std::move(endpoints));
}

Outgoing SotwSession::Send(TypeState& state, ResourceType type, Response response,
                           std::vector<SentEndpoints> endpoints) {
  state.latest_nonce = ++last_nonce_;
  if (state.unanswered.size() >= kUnansweredMax) {
    std::vector<SentEndpoints>& oldest = state.unanswered[0].endpoints;
    std::vector<SentEndpoints>& second = state.unanswered[1].endpoints;
    second.insert(second.begin(), oldest.begin(), oldest.end());
    state.unanswered.erase(state.unanswered.begin());
  }
  state.unanswered.push_back({state.latest_nonce, response.content, std::move(endpoints)});
  return {.type = type,
          .content = response.content,
          .shared = std::move(response.prefix),
          .nonce = state.latest_nonce};
}

}  // namespace fairlead::xds
