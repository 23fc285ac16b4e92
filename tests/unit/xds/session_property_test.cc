// Random stories of one client against a model of it, for both kinds of session: whatever was
// asked, published, refused or left unread, once all is written the client has just what there is.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <set>

#include "base/rng.h"
#include "unit/xds/decode.h"
#include "unit/xds/sample_view.h"
#include "xds/delta_session.h"
#include "xds/sotw_session.h"

namespace fairlead::xds {
namespace {

constexpr std::uint64_t kStories = 40;  // for each kind
constexpr int kStorySteps = 250;        // 20,000 operations in all

// The services of all stories; a name that never exists is asked for as well.
const std::vector<std::string> kStoryServices = {"a", "b", "c", "d"};
const std::vector<std::string> kWantable = {"a.shop", "b.shop", "c.shop", "d.shop", "never.shop"};
constexpr std::array kStoryTypes = {ResourceType::kCluster, ResourceType::kEndpoints};

class RandomClient : private SessionEvents {
 public:
  RandomClient(bool is_delta, std::uint64_t seed)
      : is_delta_(is_delta), catalog_({}), responses_(catalog_), random_(seed) {
    Reconnect();
  }

  void Step() {
    switch (Below(12)) {
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
        return Want(Below(2) == 0 ? kStoryTypes[0] : kStoryTypes[1]);
      case 7:
        return Answer(true);
      case 8:
        return Below(5) == 0 ? Reconnect() : Answer(false);
      default:
        Read();
    }
  }

  // Reads and acknowledges everything; then the client has what there is.
  void Settle() {
    while (Read()) {
    }
    while (!unanswered_.empty()) {
      Answer(false);
      while (Read()) {
      }
    }
    for (const ResourceType type : kStoryTypes) {
      const Model& model = models_[Index(type)];
      for (const std::string& name : kWantable) {
        const ResourcePtr now = catalog_.Find({}, Flavour::kEnvoy, type, name);
        const auto held = model.held.find(name);
        const bool is_wanted = model.is_asked && (model.is_wildcard || model.wanted.contains(name));
        if (is_wanted && now) {
          ASSERT_TRUE(held != model.held.end()) << TypeName(type) << " " << name;
          ASSERT_EQ(held->second, now->content) << TypeName(type) << " " << name;
        } else if (is_delta_ || IsCompleteSet(type)) {  // the other way cannot say that one is gone
          ASSERT_TRUE(held == model.held.end()) << TypeName(type) << " " << name;
        }
      }
    }
  }

 private:
  struct Model {
    bool is_asked = false;
    bool is_wildcard = false;
    std::set<std::string> wanted;
    std::map<std::string, std::uint64_t> held;  // refused content counts: it has been heard
    std::uint64_t nonce = 0;
  };

  std::size_t Below(std::size_t end) { return random_.Below(end); }
  std::string Pick(const std::vector<std::string>& of) { return of[Below(of.size())]; }

  void Publish() {
    SampleView view{.service = Pick(kStoryServices), .revision = ++revision_};
    for (std::size_t i = Below(3); i > 0; --i) {
      view.endpoints.push_back(EndpointAt("10.0.0." + std::to_string(1 + 4 * i + Below(4))));
    }
    view.traffic.policy = Below(4) == 0 ? spec::LbPolicy::kRingHash : spec::LbPolicy::kRoundRobin;
    const fleet::ServiceViewPtr shared = view;
    Apply(catalog_.Apply({&shared, 1}, {}));
  }

  void Apply(const CatalogChanges& changes) {
    if (session_->has_node()) {
      for (const ResourceChange& change : changes.resources[Index(Flavour::kEnvoy)]) {
        session_->Touch(change);
      }
    }
  }

  // A new stream; increments tell what the client has, and it wants what it wanted.
  void Reconnect() {
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

  void Want(ResourceType type) {
    std::set<std::string> names;
    for (const std::string& name : kWantable) {
      if (Below(2) == 0) names.insert(name);
    }
    if (IsCompleteSet(type) && Below(3) == 0) names.insert("*");
    Ask(type, names, false, false);
  }

  // Acknowledges or refuses the oldest response of a type that is unanswered.
  void Answer(bool is_refusal) {
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

  void Ask(ResourceType type, const std::set<std::string>& names, bool is_refusal,
           bool is_reconnect) {
    Model& model = models_[Index(type)];
    envoy::service::discovery::v3::DiscoveryRequest whole;
    envoy::service::discovery::v3::DeltaDiscoveryRequest edits;
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
    Send(type, whole, edits, is_refusal);
  }

  template <class Message>
  std::string Finished(Message& message, ResourceType type, bool is_refusal) {
    message.mutable_node()->set_user_agent_name("envoy");
    message.set_type_url(std::string(TypeUrl(type)));
    const std::uint64_t nonce = models_[Index(type)].nonce;
    message.set_response_nonce(nonce == 0 ? "" : std::to_string(nonce));
    if (is_refusal) message.mutable_error_detail()->set_message("no");
    return message.SerializeAsString();
  }

  template <class Whole, class Edits>
  void Send(ResourceType type, Whole& whole, Edits& edits, bool is_refusal) {
    const std::string bytes =
        is_delta_ ? Finished(edits, type, is_refusal) : Finished(whole, type, is_refusal);
    now_ += std::chrono::seconds(1);
    ASSERT_TRUE(session_->OnRequest(std::as_bytes(std::span(bytes)), now_, *this));
  }

  // Takes one response. False: there was none.
  bool Read() {
    const std::optional<Outgoing> next = session_->Next(catalog_, responses_, now_);
    if (!next) {
      EXPECT_FALSE(session_->owes());
      return false;
    }
    Model& model = models_[Index(next->type)];
    EXPECT_GT(next->nonce, model.nonce);
    model.nonce = next->nonce;
    unanswered_.emplace_back(next->type, next->nonce);
    const NonceTail tail(next->nonce);
    if (is_delta_) {
      const auto response = Decoded<DeltaDiscoveryResponse>(*next->shared, tail.bytes());
      std::set<std::string> told;
      for (const auto& resource : response.resources()) {
        EXPECT_TRUE(told.insert(resource.name()).second);
        EXPECT_TRUE(model.is_wildcard || model.wanted.contains(resource.name()));
        model.held[resource.name()] = ContentHash(resource.resource().value());
      }
      for (const std::string& name : response.removed_resources()) {
        EXPECT_TRUE(told.insert(name).second);
        model.held.erase(name);
      }
      return true;
    }
    const auto response = DecodeResponse(*next->shared, tail.bytes());
    if (IsCompleteSet(next->type)) model.held.clear();
    for (const auto& resource : response.resources()) {
      const std::string name = next->type == ResourceType::kCluster
                                   ? Unpack<Cluster>(resource).name()
                                   : Unpack<ClusterLoadAssignment>(resource).cluster_name();
      EXPECT_TRUE(model.is_wildcard || model.wanted.contains(name));
      model.held[name] = ContentHash(resource.value());
    }
    return true;
  }

  void OnSubscribed(ResourceType, const std::string&) override {}
  void OnUnsubscribed(ResourceType, const std::string&) override {}
  void OnWildcard(ResourceType, bool) override {}
  void OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) override {
    EXPECT_LE(revision, revision_) << name;
  }
  void OnRefused(const Refusal&) override {}

  const bool is_delta_;
  Catalog catalog_;
  ResponseCache responses_;
  Rng random_;
  std::unique_ptr<Session> session_;
  PerType<Model> models_;
  std::vector<std::pair<ResourceType, std::uint64_t>> unanswered_;
  std::uint64_t revision_ = 0;
  TimePoint now_{};
};

class AnySession : public ::testing::TestWithParam<bool> {};

TEST_P(AnySession, GivesItsClientJustWhatThereIsWhateverHappensBefore) {
  for (std::uint64_t seed = 1; seed <= kStories; ++seed) {
    RandomClient client(GetParam(), seed);
    for (int step = 1; step <= kStorySteps; ++step) {
      client.Step();
      if (step % 10 == 0) client.Settle();
      if (::testing::Test::HasFailure()) {
        FAIL() << "seed " << seed << ", step " << step;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Xds, AnySession, ::testing::Bool(), [](const auto& kind) {
  return std::string(kind.param ? "Delta" : "Sotw");
});

}  // namespace
}  // namespace fairlead::xds
