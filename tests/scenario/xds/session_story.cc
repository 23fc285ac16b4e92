#include "scenario/xds/session_story.h"

#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>
#include <algorithm>

#include <sstream>

#include "unit/xds/decode.h"
#include "unit/xds/sample_view.h"

namespace fairlead::xds {
namespace {

ServiceName Service(const std::string& text) {
  const std::size_t dot = text.find('.');
  return {.project = text.substr(dot + 1), .service = text.substr(0, dot)};
}

std::optional<ResourceType> TypeNamed(const std::string& word) {
  for (const ResourceType type : kResourceTypes) {
    if (TypeName(type) == word) {
      return type;
    }
  }
  return std::nullopt;
}

// "user.shop(2)" for endpoints, the name for others.
std::string ResourceText(ResourceType type, const google::protobuf::Any& any) {
  switch (type) {
    case ResourceType::kCluster:
      return Unpack<Cluster>(any).name();
    case ResourceType::kListener:
      return Unpack<Listener>(any).name();
    case ResourceType::kRoute:
      return Unpack<RouteConfiguration>(any).name();
    case ResourceType::kSecret:
      return Unpack<Secret>(any).name();
    case ResourceType::kEndpoints:
      break;
  }
  const auto assignment = Unpack<ClusterLoadAssignment>(any);
  const int count =
      assignment.endpoints().empty() ? 0 : assignment.endpoints(0).lb_endpoints_size();
  return assignment.cluster_name() + "(" + std::to_string(count) + ")";
}

// "10.0.0.1" on the network that every service has, "10.0.0.1@north" on another, "10.0.0.1>8080"
// published on that port of the host.
fleet::Endpoint EndpointNamed(const std::string& word) {
  if (const std::size_t port = word.find('>'); port != std::string::npos) {
    fleet::Endpoint endpoint = EndpointAt(word.substr(0, port));
    endpoint.published = {
        {.container_port = endpoint.port,
         .host_ip = "",
         .host_port = static_cast<std::uint16_t>(std::stoi(word.substr(port + 1)))}};
    return endpoint;
  }
  const std::size_t at = word.find('@');
  return at == std::string::npos ? EndpointAt(word)
                                 : EndpointOn({{word.substr(at + 1), word.substr(0, at)}});
}

// Of "a,b".
std::set<std::string> SetOf(const std::string& list) {
  std::istringstream stream(list);
  std::set<std::string> words;
  for (std::string word; std::getline(stream, word, ',');) {
    words.insert(word);
  }
  return words;
}

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    words.push_back(word);
  }
  return words;
}

// Type, nonce, refusal and, on the first request, the node: alike in both kinds of request.
template <class Message>
void FillIn(Message& request, const std::string& type_url, const std::string& nonce,
            bool is_refusal, const std::optional<std::string>& user_agent) {
  request.set_type_url(type_url);
  request.set_response_nonce(nonce);
  if (is_refusal) {
    request.mutable_error_detail()->set_code(3);
    request.mutable_error_detail()->set_message("will not do");
  }
  if (user_agent) {
    request.mutable_node()->set_id("test");
    request.mutable_node()->set_user_agent_name(*user_agent);
  }
}

}  // namespace

SessionStory::SessionStory()
    : catalog_(CatalogOptions{.envoy_listeners = {{"edge", "0.0.0.0", 8080}}}),
      responses_(catalog_) {}

std::string SessionStory::Run(const std::string& commands) {
  said_.clear();
  std::istringstream lines(commands);
  for (std::string line; std::getline(lines, line);) {
    Command(line);
  }
  if (!said_.empty()) {
    said_.pop_back();
  }
  return said_;
}

void SessionStory::Command(const std::string& line) {
  std::vector<std::string> words = Words(line);
  const std::string verb = words.front();
  words.erase(words.begin());
  if (verb.starts_with("only=")) {
    Connect(words.at(0), line.substr(verb.size() + words.at(0).size() + 2), verb.substr(5));
  } else if (verb == "client" || verb == "delta") {
    Connect(verb, line.substr(verb.size() + 1), "");
  } else if (verb == "limit") {
    limits_.response_bytes_max = std::stoul(words.at(0));
  } else if (verb == "place") {
    Place(words);
  } else if (verb == "publish") {
    Publish(std::move(words));
  } else if (verb == "drop") {
    const ServiceName service = Service(words.at(0));
    Changed(catalog_.Apply({}, {&service, 1}));
  } else if (verb == "purge") {
    Changed(catalog_.Purge(Service(words.at(0))));
  } else if (verb == "ask") {
    Request("", false, std::move(words));
  } else if (verb == "ack" || verb == "nack") {
    Request(std::nullopt, verb == "nack", std::move(words));
  } else if (verb.starts_with("nonce=")) {
    const bool is_refusal = verb.ends_with("!");
    Request(verb.substr(6, verb.size() - 6 - (is_refusal ? 1 : 0)), is_refusal, std::move(words));
  } else if (verb == "write") {
    WriteAll();
  } else if (verb == "pass") {
    now_ += std::chrono::seconds(std::stoi(words.at(0)));
  } else if (verb == "show") {
    Show(TypeNamed(words.at(0)).value());
  } else {
    Say("? " + line);
  }
}

void SessionStory::Connect(const std::string& verb, const std::string& user_agent,
                           const std::string& only) {
  is_delta_ = verb == "delta";
  std::vector<std::optional<ResourceType>> types = {TypeNamed(only)};
  if (only == "each") {
    types.assign(kResourceTypes.begin(), kResourceTypes.end());
    std::ranges::sort(types);  // SessionOf() goes by Index(), not by the order of writing
  }
  sessions_.clear();
  for (const std::optional<ResourceType> type : types) {
    if (is_delta_) {
      sessions_.push_back(std::make_unique<DeltaSession>(limits_, type));
    } else {
      sessions_.push_back(std::make_unique<SotwSession>(limits_, type));
    }
  }
  sends_node_ = !user_agent.ends_with(" -");
  user_agent_ = user_agent;
  nonces_ = {};
}

void SessionStory::Publish(std::vector<std::string> words) {
  SampleView view{.project = Service(words.at(0)).project,
                  .service = Service(words.at(0)).service,
                  .revision = ++revisions_[words.at(0)],
                  .port = 50051,
                  .endpoints = {},
                  .traffic = {}};
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "policy=ring_hash") {
      view.traffic.policy = spec::LbPolicy::kRingHash;
    } else {
      view.endpoints.push_back(EndpointNamed(words[i]));
    }
  }
  const fleet::ServiceViewPtr shared = view;
  Changed(catalog_.Apply({&shared, 1}, {}));
}

void SessionStory::Place(const std::vector<std::string>& words) {
  Viewer viewer;
  const std::string second = words.size() > 1 ? words[1] : "";
  const bool is_off_host = words.at(0) == "off-host";
  if (is_off_host) {
    viewer.host_address = "10.9.0.7";
    viewer.projects = SetOf(second);
  } else if (words.at(0) != "host") {
    viewer.network_ids = SetOf(words.at(0));
  }
  const ViewerClass viewers = catalog_.Enter(viewer, is_off_host ? "" : second);
  for (const auto& session : sessions_) {
    session->MoveTo(viewers, catalog_, *this);
  }
}

void SessionStory::Changed(const CatalogChanges& changes) {
  for (const auto& session : sessions_) {
    if (!session->has_node()) {
      continue;
    }
    for (const ResourceChange& change : changes.resources[Index(session->flavour())]) {
      if (change.table == TableOf(change.type, session->viewers())) {
        session->Touch(change);
      }
    }
  }
}

void SessionStory::Request(std::optional<std::string> nonce, bool is_refusal,
                           std::vector<std::string> words) {
  const std::string type_word = words.empty() ? "" : words.front();
  const std::optional<ResourceType> type = TypeNamed(type_word);
  const std::string type_url = type ? std::string(TypeUrl(*type)) : type_word;
  const std::string said_nonce = nonce.value_or(type ? std::to_string(nonces_[Index(*type)]) : "");
  std::optional<std::string> user_agent;
  Session& session = SessionOf(type);
  if (sends_node_ && !session.has_node()) {
    user_agent = user_agent_;
  }
  std::string bytes;
  if (is_delta_) {
    envoy::service::discovery::v3::DeltaDiscoveryRequest request;
    FillIn(request, type_url, said_nonce, is_refusal, user_agent);
    for (std::size_t i = 1; i < words.size(); ++i) {
      Edit(request, type, words[i]);
    }
    bytes = request.SerializeAsString();
  } else {
    envoy::service::discovery::v3::DiscoveryRequest request;
    FillIn(request, type_url, said_nonce, is_refusal, user_agent);
    for (std::size_t i = 1; i < words.size(); ++i) {
      constexpr std::string_view kVersion = "version:";
      if (words[i].starts_with(kVersion)) {
        const std::string version = words[i].substr(kVersion.size());
        request.set_version_info(version == "last" ? last_version_ : version);
      } else {
        request.add_resource_names(words[i]);
      }
    }
    bytes = request.SerializeAsString();
  }
  const Result<> taken = session.OnRequest(std::as_bytes(std::span(bytes)), now_, *this);
  if (!taken) {
    Say("ended: " + taken.error().Text());
    return;
  }
  if (session.has_node()) {
    WriteAll();
  }
}

void SessionStory::Edit(envoy::service::discovery::v3::DeltaDiscoveryRequest& request,
                        std::optional<ResourceType> type, const std::string& word) {
  if (word.starts_with("held:") || word.starts_with("old:")) {
    const std::string name = word.substr(word.find(':') + 1);
    const ResourcePtr now = type
                                ? catalog_.Find(SessionOf(type).viewers(),
                                                FlavourOf({.user_agent = user_agent_}), *type, name)
                                : nullptr;
    (*request.mutable_initial_resource_versions())[name] =
        word.starts_with("held:") && now ? VersionText(now->content) : "another";
  } else if (word.starts_with("-")) {
    request.add_resource_names_unsubscribe(word.substr(1));
  } else {
    request.add_resource_names_subscribe(word);
  }
}

std::string SessionStory::ToldText(const Outgoing& sent) {
  const NonceTail tail(sent.nonce);
  std::string told;
  const auto check = [&](const auto& response) {
    EXPECT_EQ(response.type_url(), TypeUrl(sent.type));
    EXPECT_EQ(response.nonce(), std::to_string(sent.nonce));
  };
  if (!is_delta_) {
    const auto response = DecodeResponse(*sent.shared, tail.bytes());
    check(response);
    last_version_ = response.version_info();
    for (const auto& resource : response.resources()) {
      EXPECT_FALSE(resource.value().empty());
      told += " " + ResourceText(sent.type, resource);
    }
    return told;
  }
  const auto response = Decoded<DeltaDiscoveryResponse>(*sent.shared, tail.bytes());
  check(response);
  for (const auto& resource : response.resources()) {
    const std::string text = ResourceText(sent.type, resource.resource());
    told += " " + text;
    EXPECT_TRUE(text.starts_with(resource.name())) << text;
    EXPECT_FALSE(resource.resource().value().empty());
    EXPECT_TRUE(resource.GetReflection()->GetUnknownFields(resource).empty())
        << "aliases, time to live, cache control";
    EXPECT_EQ(resource.version(), VersionText(ContentHash(resource.resource().value())));
  }
  for (const std::string& name : response.removed_resources()) {
    told += " -" + name;
  }
  return told;
}

void SessionStory::WriteAll() {
  for (const auto& session : sessions_) {
    while (const auto next = session->Next(catalog_, responses_, now_)) {
      const std::string type(TypeName(next->type));
      Say("> " + type + " #" + std::to_string(next->nonce) + ":" + ToldText(*next));
      nonces_[Index(next->type)] = next->nonce;
    }
  }
}

void SessionStory::Show(ResourceType type) {
  const Session& session = SessionOf(type);
  const Answers& answers = session.answers(type);
  std::string text = session.is_asked(type) ? "asked" : "not asked";
  if (answers.sent().nonce != 0) {
    text += ", sent #" + std::to_string(answers.sent().nonce);
  }
  if (answers.acknowledged().nonce != 0) {
    text += ", acknowledged #" + std::to_string(answers.acknowledged().nonce);
  }
  const auto seconds = [&](TimePoint since) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now_ - since).count());
  };
  if (const StandingRefusal* refusal = answers.refusal(); refusal != nullptr) {
    text += ", refused #" + std::to_string(refusal->response.nonce) + " " + seconds(refusal->at) +
            "s ago (" + refusal->text + ")";
  }
  if (const auto since = answers.unanswered_since()) {
    text += ", " + std::to_string(answers.unanswered_count()) + " unanswered for " +
            seconds(*since) + "s";
  }
  Say(text);
}

void SessionStory::OnSubscribed(ResourceType type, const std::string& name) {
  Say("+ " + std::string(TypeName(type)) + " " + name);
}
void SessionStory::OnUnsubscribed(ResourceType type, const std::string& name) {
  Say("- " + std::string(TypeName(type)) + " " + name);
}
void SessionStory::OnWildcard(ResourceType type, bool is_wildcard) {
  Say((is_wildcard ? "+ " : "- ") + std::string(TypeName(type)) + " *");
}
void SessionStory::OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) {
  Say("uses " + name + " r" + std::to_string(revision));
}
void SessionStory::OnRefused(const Refusal& refusal) {
  Say("refused " + std::string(TypeName(refusal.type)) + ": " + refusal.text);
}

}  // namespace fairlead::xds
