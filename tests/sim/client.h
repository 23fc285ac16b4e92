// SimClient: one gRPC client of discovery that lives longer than the daemon: it acknowledges late,
// refuses, vanishes and comes back, and keeps its last list meanwhile.
//
// Threads: none.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/chance.h"
#include "sim/discovery.h"
#include "sim/timeline.h"

namespace fairlead::sim {

class SimClient {
 public:
  using Addresses = std::set<std::string>;
  // The client uses another list of this service from now on.
  using Applied =
      std::function<void(const SimClient&, const std::string& service, const Addresses&)>;

  SimClient(Timeline& timeline, Chance chance, std::string name, std::vector<std::string> services,
            Applied applied);

  // Another life of the daemon, or none; its streams are gone with it.
  void OnDaemon(SimDiscovery* discovery);
  void Vanish(Duration span);
  void Refuse(TimePoint until) { refuses_until_ = until; }
  void BeSlow(TimePoint until) { slow_until_ = until; }
  // Nothing is wrong with it any more.
  void Calm();

  const std::string& name() const { return name_; }
  // By service, what it uses; nothing for one that it has not been told of.
  const std::map<std::string, Addresses>& lists() const { return lists_; }
  bool is_connected() const { return is_connected_; }
  // The daemon that runs now has seen it, and remembers it while it is away: not for ever.
  bool is_known() const;
  bool asks_for(const std::string& service) const {
    return std::ranges::find(services_, service) != services_.end();
  }

 private:
  void Connect();
  void Later(Duration wait, std::function<void()> what);
  void Send(const std::string& type_url, const std::string& nonce, bool is_refusal);
  void OnResponse(const std::string& bytes);

  Timeline& timeline_;
  Chance chance_;
  const std::string name_;
  const std::vector<std::string> services_;
  const Applied applied_;
  SimDiscovery* discovery_ = nullptr;
  bool is_connected_ = false;
  bool has_said_who_ = false;
  bool is_known_ = false;
  std::uint64_t connection_ = 0;
  xds::StreamId stream_;
  TimePoint left_at_{};
  TimePoint away_until_{};
  TimePoint refuses_until_{};
  TimePoint slow_until_{};
  TimePoint answers_last_{};
  std::map<std::string, Addresses> lists_;
};

}  // namespace fairlead::sim
