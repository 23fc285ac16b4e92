// SessionStory: one discovery stream driven by words, for the dialogues of this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/catalog.h"
#include "xds/delta_session.h"
#include "xds/response_cache.h"
#include "xds/sotw_session.h"

namespace fairlead::xds {

// Commands, one per line; the outcome is what the stream would write and what the server hears.
//   client NAME [-]              a new stream; NAME as in user_agent_name, `-` sends no node
//   delta NAME                   the same, speaking increments
//   only=TYPE client|delta NAME  the same, of a per-type service; only=each: a stream for each type
//   place NETWORKS [PROJECT]     it is in a container on these (comma-separated), or on the `host`
//   publish SERVICE.PROJECT [IP[@NETWORK]...] [policy=ring_hash]
//   drop SERVICE.PROJECT
//   purge SERVICE.PROJECT
//   limit BYTES                  of a response, for the streams that follow
//   ask TYPE [NAMES...]          a request with an empty nonce; of increments, `-NAME`
//   unsubscribes,
//                                `held:NAME` claims what there is, `old:NAME` another version;
//                                of whole sets, `version:TEXT` is what the client says it has,
//                                `version:last` what it was told last
//   ack TYPE [NAMES...]          with the type's latest nonce
//   nack TYPE [NAMES...]
//   nonce=N TYPE [NAMES...]      with that nonce, whatever it is; nonce=N! refuses it
//   write                        everything that is owed, until nothing is
//   pass SECONDS                 time passes
//   show TYPE                    what operators see of the type
// Written as `> TYPE #NONCE: RESOURCES`; what is gone as `-NAME`.
// TYPE: clusters endpoints listeners routes, or any text as type URL.
class SessionStory : private SessionEvents {
 public:
  SessionStory();
  std::string Run(const std::string& commands);

 private:
  void Command(const std::string& line);
  void Connect(const std::string& verb, const std::string& user_agent, const std::string& only);
  void Publish(std::vector<std::string> words);
  void Place(const std::vector<std::string>& words);
  void Changed(const CatalogChanges& changes);
  void Request(std::optional<std::string> nonce, bool is_refusal, std::vector<std::string> words);
  void Edit(envoy::service::discovery::v3::DeltaDiscoveryRequest& request,
            std::optional<ResourceType> type, const std::string& word);
  void WriteAll();
  void Show(ResourceType type);
  std::string ToldText(const Outgoing& sent);
  void Say(const std::string& line) { said_ += line + "\n"; }

  void OnSubscribed(ResourceType type, const std::string& name) override;
  void OnUnsubscribed(ResourceType type, const std::string& name) override;
  void OnWildcard(ResourceType type, bool is_wildcard) override;
  void OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) override;
  void OnRefused(const Refusal& refusal) override;

  Catalog catalog_;
  ResponseCache responses_;
  Session& SessionOf(std::optional<ResourceType> type) {
    return *sessions_[sessions_.size() == 1 ? 0 : Index(type.value_or(ResourceType::kCluster))];
  }

  std::vector<std::unique_ptr<Session>> sessions_;  // one, or one for each type
  bool is_delta_ = false;
  SessionLimits limits_{.names_per_type_max = 5, .unasked_requests_burst_max = 40};
  std::string user_agent_;
  bool sends_node_ = false;
  PerType<std::uint64_t> nonces_{};
  std::map<std::string, std::uint64_t> revisions_;
  TimePoint now_{};
  std::string last_version_;
  std::string said_;
};

}  // namespace fairlead::xds
