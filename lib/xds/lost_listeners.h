// LostListeners: whether a listener that a client was told of, and then was not, is told of again.
//
// Why: some clients forget more than the listener when it goes (sotw_session.h).
// Threads: none; part of a session.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace fairlead::xds {

class LostListeners {
 public:
  // Before each set of listeners: which of the `subscribed` names it holds, in their order. True
  // when it holds one more than the last and one had been lost.
  bool Tell(const std::set<std::string, std::less<>>& subscribed, std::vector<std::string> told);

 private:
  std::vector<std::string> told_;
  bool has_lost_ = false;
};

}  // namespace fairlead::xds
