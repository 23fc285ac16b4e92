// ServiceRoster: the replicas of one service, by what they say of themselves, and whose turn it is.
//
// Why by description: in the middle of a deploy two generations with different protos serve side by
// side. Each is asked in its own words, and only for what it has.
// Pure; threads: none.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/descriptor_set.h"
#include "gateway/service_now.h"
#include "transcode/routes.h"

namespace fairlead::gateway {

class ServiceRoster {
 public:
  // Replicas that are called in the same words and over one channel, which takes addresses of one
  // family alone.
  struct Group {
    std::shared_ptr<const DescriptorSet> set;
    bool is_v6 = false;
    std::vector<Address> addresses;  // ordered; none twice
    bool operator==(const Group&) const = default;
  };

  // What is in rotation from now on. Generations that left are forgotten.
  void Take(const std::vector<ReplicaNow>& replicas);
  // What a generation said. The same description is kept once; one that has left is passed over.
  void Describe(const Generation& generation, std::shared_ptr<const DescriptorSet> set);

  // All of them are described by that now, whatever they were before.
  void DescribeAll(const std::shared_ptr<const DescriptorSet>& set);

  // It did not say it, this time. Nobody waits for it any more, and it may still be described.
  // `by_tls`: because it cannot be reached over TLS.
  void NoteSilence(const Generation& generation, bool by_tls = false);

  bool IsKnown(const Generation& generation) const { return replicas_.contains(generation); }
  // In rotation, and nobody knows their words yet.
  std::vector<ReplicaNow> undescribed() const;
  // Somebody in rotation is on the way to be described.
  bool WillSay() const;
  // Somebody in rotation is not described because of TLS.
  bool HasTlsTrouble() const;
  std::vector<std::string> ReplicasAt(const Address& address) const;
  const std::vector<Group>& groups() const { return groups_; }

  enum class Look {
    kFound,
    kNobody,       // it had the route, and nobody is there now who could be asked
    kUndescribed,  // there are replicas that will say in a moment what they have
    kOtherVerb,    // it has the path, under other methods
    kUnreachable,  // nobody could say it who might have, as TLS came to nothing
    kNone
  };
  struct Found {
    Look look = Look::kNone;
    std::size_t group = 0;  // of groups()
    std::shared_ptr<const DescriptorSet> set;
    transcode::FoundRoute route;    // into `set`
    std::set<std::string> allowed;  // for kOtherVerb
  };
  // Each replica that has the route gets its turn. `path` without the service's prefix.
  Found Find(std::string_view verb, std::string_view path);
  // The same for a method by name, "pb.Greeter" and "SayHello", which has no route.
  Found FindMethod(std::string_view service, std::string_view method);

 private:
  struct Replica {
    ReplicaNow now;
    std::shared_ptr<const DescriptorSet> set;
    bool is_silent = false;
    bool has_tls_trouble = false;  // and therefore is
  };
  void Regroup();
  Found Choose(std::vector<Found> found);

  std::map<Generation, Replica> replicas_;
  std::vector<Group> groups_;
  // What was said last, so that an empty rotation is told apart from a path that never was.
  std::shared_ptr<const DescriptorSet> last_;
  std::size_t turn_ = 0;
};

}  // namespace fairlead::gateway
