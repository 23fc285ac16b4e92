#include "unit/xds/session_model.h"

#include <array>
#include <span>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "unit/xds/sample_view.h"
#include "xds/delta_session.h"
#include "xds/sotw_session.h"

namespace fairlead::xds {
namespace {

namespace discovery = envoy::service::discovery::v3;

// The services of all stories; a name that never exists is asked for as well.
const std::vector<std::string> kStoryServices = {"a", "b", "c", "d"};
const std::vector<std::string> kWantable = {"a.shop", "b.shop", "c.shop", "d.shop", "never.shop"};
constexpr std::array kStoryTypes = {ResourceType::kCluster, ResourceType::kEndpoints};

template <class Message>
std::string Finished(Message& message, ResourceType type, std::uint64_t nonce, bool is_refusal) {
  message.mutable_node()->set_user_agent_name("envoy");
  message.set_type_url(std::string(TypeUrl(type)));
  message.set_response_nonce(nonce == 0 ? "" : std::to_string(nonce));
  if (is_refusal) message.mutable_error_detail()->set_message("no");
  return message.SerializeAsString();
}

template <class Message>
bool Parse(const Outgoing& sent, Message& out) {
  const NonceTail tail(sent.nonce);
  Bytes whole = *sent.shared;
  whole.insert(whole.end(), tail.bytes().begin(), tail.bytes().end());
  return out.ParseFromArray(whole.data(), static_cast<int>(whole.size()));
}

// The name that a resource has by its own account; empty: it is none of the type.
std::string NameIn(ResourceType type, const google::protobuf::Any& resource) {
  if (type == ResourceType::kCluster) {
    envoy::config::cluster::v3::Cluster cluster;
    return resource.UnpackTo(&cluster) ? cluster.name() : "";
  }
  envoy::config::endpoint::v3::ClusterLoadAssignment assignment;
  return resource.UnpackTo(&assignment) ? assignment.cluster_name() : "";
}

}  // namespace

SessionModel::SessionModel(bool is_delta, Below below)
    : is_delta_(is_delta), below_(std::move(below)), catalog_({}), responses_(catalog_) {
  Reconnect();
}

void SessionModel::Must(bool holds, const std::string& what) {
  if (!holds && problem_.empty()) {
    problem_ = what;
  }
}

void SessionModel::Step() {
  switch (below_(13)) {
    case 0:
    case 1:
    case 2:
      return Publish();
    case 3:
      return Apply(catalog_.Apply({}, std::array{ServiceName{"shop", Pick(kStoryServices)}}));
    case 4:
      return Apply(catalog_.Purge({"shop", Pick(kStoryServices)}));
    case 5:
    case 6:
      return Want(kStoryTypes[below_(2)]);
    case 7:
      return Answer(true);
    case 8:
      return below_(5) == 0 ? Reconnect() : Answer(false);
    case 9:
      return AskWithAnOldNonce(kStoryTypes[below_(2)]);
    default:
      Read();
  }
}

void SessionModel::Settle() {
  while (Read()) {
  }
  while (!unanswered_.empty()) {
    Answer(false);
    while (Read()) {
    }
  }
  for (const ResourceType type : kStoryTypes) {
    CheckType(type);
  }
}

void SessionModel::CheckType(ResourceType type) {
  const Model& model = models_[Index(type)];
  for (const std::string& name : kWantable) {
    const std::string what = std::string(TypeName(type)) + " " + name;
    const ResourcePtr now = catalog_.Find({}, Flavour::kEnvoy, type, name);
    const auto held = model.held.find(name);
    const bool has_it = held != model.held.end();
    const bool is_wanted = model.is_asked && (model.is_wildcard || model.wanted.contains(name));
    if (is_wanted && now) {
      Must(has_it, what + " exists and was not sent");
      Must(!has_it || held->second == now->content, what + " was sent as it no longer is");
    } else if (is_delta_ || IsCompleteSet(type)) {  // the other way cannot say that one is gone
      Must(!has_it, what + " is gone and was not taken away");
    }
  }
}

void SessionModel::Publish() {
  SampleView view{.service = Pick(kStoryServices), .revision = ++revision_};
  for (std::size_t i = below_(3); i > 0; --i) {
    view.endpoints.push_back(EndpointAt("10.0.0." + std::to_string(1 + 4 * i + below_(4))));
  }
  view.traffic.policy = below_(4) == 0 ? spec::LbPolicy::kRingHash : spec::LbPolicy::kRoundRobin;
  const fleet::ServiceViewPtr shared = view;
  Apply(catalog_.Apply({&shared, 1}, {}));
}

void SessionModel::Apply(const CatalogChanges& changes) {
  if (session_->has_node()) {
    for (const ResourceChange& change : changes.resources[Index(Flavour::kEnvoy)]) {
      session_->Touch(change);
    }
  }
}

// A new stream; increments tell what the client has, and it wants what it wanted.
void SessionModel::Reconnect() {
  if (is_delta_) {
    session_ = std::make_unique<DeltaSession>(SessionLimits{});
  } else {
    session_ = std::make_unique<SotwSession>(SessionLimits{});
  }
  unanswered_.clear();
  for (const ResourceType type : kStoryTypes) {
    Model& model = models_[Index(type)];
    model.nonce = 0;
    if (std::exchange(model.is_asked, false)) {
      std::set<std::string> names = std::exchange(model.wanted, {});
      if (std::exchange(model.is_wildcard, false)) {
        names.insert("*");
      }
      Ask(type, names, false, true);
    }
  }
}

void SessionModel::Want(ResourceType type) {
  std::set<std::string> names;
  for (const std::string& name : kWantable) {
    if (below_(2) == 0) names.insert(name);
  }
  if (IsCompleteSet(type) && below_(3) == 0) names.insert("*");
  Ask(type, names, false, false);
}

// A request that answers an older response: of the state of the world it changes nothing.
void SessionModel::AskWithAnOldNonce(ResourceType type) {
  const Model& model = models_[Index(type)];
  if (is_delta_ || model.nonce < 2) {
    return;
  }
  discovery::DiscoveryRequest request;
  request.add_resource_names(Pick(kWantable));
  Request(Finished(request, type, 1 + below_(model.nonce - 1), below_(2) == 0));
}

// Acknowledges or refuses the oldest response that is unanswered.
void SessionModel::Answer(bool is_refusal) {
  if (unanswered_.empty()) {
    return;
  }
  const auto [type, nonce] = unanswered_.front();
  unanswered_.erase(unanswered_.begin());
  Model& model = models_[Index(type)];
  std::set<std::string> names = model.wanted;
  if (model.is_wildcard) names.insert("*");
  const std::uint64_t latest = std::exchange(model.nonce, nonce);
  Ask(type, names, is_refusal, false);
  model.nonce = latest;
}

void SessionModel::Ask(ResourceType type, const std::set<std::string>& names, bool is_refusal,
                       bool is_reconnect) {
  Model& model = models_[Index(type)];
  discovery::DiscoveryRequest whole;
  discovery::DeltaDiscoveryRequest edits;
  for (const std::string& name : names) {
    whole.add_resource_names(name);
    const bool is_known = name == "*" ? model.is_wildcard : model.wanted.contains(name);
    if (!is_known) edits.add_resource_names_subscribe(name);
  }
  for (const std::string& name : model.wanted) {
    if (!names.contains(name)) edits.add_resource_names_unsubscribe(name);
  }
  const bool wants_all = names.contains("*");
  if (model.is_wildcard && !wants_all) edits.add_resource_names_unsubscribe("*");
  if (!model.is_asked && names.empty()) {
    return;  // the older way to ask for everything, which the dialogues tell of
  }
  if (is_reconnect) {
    for (const auto& [name, content] : model.held) {
      (*edits.mutable_initial_resource_versions())[name] = VersionText(content);
    }
  }
  model.is_asked = true;
  model.is_wildcard = wants_all;
  model.wanted = names;
  model.wanted.erase("*");
  std::erase_if(model.held, [&](const auto& held) {
    return !model.is_wildcard && !model.wanted.contains(held.first);
  });
  Request(is_delta_ ? Finished(edits, type, model.nonce, is_refusal)
                    : Finished(whole, type, model.nonce, is_refusal));
}

void SessionModel::Request(const std::string& bytes) {
  now_ += std::chrono::seconds(1);
  const Result<> taken = session_->OnRequest(std::as_bytes(std::span(bytes)), now_, *this);
  Must(taken.has_value(), "a sound request ended the stream");
}

// Takes one response. False: there was none.
bool SessionModel::Read() {
  const std::optional<Outgoing> next = session_->Next(catalog_, responses_, now_);
  if (!next) {
    Must(!session_->owes(), "it owes something and sends nothing");
    return false;
  }
  Model& model = models_[Index(next->type)];
  Must(next->nonce > model.nonce, "a nonce came again");
  model.nonce = next->nonce;
  unanswered_.emplace_back(next->type, next->nonce);
  if (is_delta_) {
    ReadIncrement(*next);
  } else {
    ReadWhole(*next);
  }
  return true;
}

void SessionModel::ReadIncrement(const Outgoing& sent) {
  Model& model = models_[Index(sent.type)];
  discovery::DeltaDiscoveryResponse response;
  Must(Parse(sent, response), "an increment is no message");
  std::set<std::string> told;
  for (const auto& resource : response.resources()) {
    Must(told.insert(resource.name()).second, resource.name() + " came twice in one response");
    Must(NameIn(sent.type, resource.resource()) == resource.name(), "a resource of another name");
    Must(model.is_wildcard || model.wanted.contains(resource.name()),
         resource.name() + " was not asked for");
    model.held[resource.name()] = ContentHash(resource.resource().value());
  }
  for (const std::string& name : response.removed_resources()) {
    Must(told.insert(name).second, name + " came and went in one response");
    model.held.erase(name);
  }
}

void SessionModel::ReadWhole(const Outgoing& sent) {
  Model& model = models_[Index(sent.type)];
  discovery::DiscoveryResponse response;
  Must(Parse(sent, response), "a response is no message");
  if (IsCompleteSet(sent.type)) model.held.clear();
  for (const auto& resource : response.resources()) {
    const std::string name = NameIn(sent.type, resource);
    Must(model.is_wildcard || model.wanted.contains(name), name + " was not asked for");
    model.held[name] = ContentHash(resource.value());
  }
}

void SessionModel::OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) {
  Must(revision <= revision_, name + " is used as it never was");
}

}  // namespace fairlead::xds
