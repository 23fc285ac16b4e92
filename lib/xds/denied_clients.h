// DeniedClients: streams that were ended because their clients may see nothing, for people.
//
// Why: such a stream is over at once, and whoever looks for its client among those that are
// connected finds nothing; so the last of each is remembered for a while. One that comes back and
// is let in is forgotten.
// Threads: none; lives on the discovery loop. Limits: kClientsMax, the oldest leaves first; what a
// client asked for is not in it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "xds/client_report.h"

namespace fairlead::xds {

class DeniedClients {
 public:
  static constexpr std::size_t kClientsMax = 64;

  void Add(ClientReport report, TimePoint until);
  // Who is at this address with these names is let in.
  void Forget(const std::string& address, const std::vector<std::string>& names);
  void Expire(TimePoint now);
  bool is_empty() const { return by_client_.empty(); }
  // By number, only above `after`.
  std::vector<ClientReport> After(std::uint64_t after) const;

 private:
  struct Denied {
    ClientReport report;
    TimePoint until{};
  };
  using Key = std::pair<std::string, std::vector<std::string>>;  // its address, its names

  std::map<Key, Denied> by_client_;
};

}  // namespace fairlead::xds
