// Pauses: the scopes in which no repair may begin, until a person resumes them.
//
// Why scopes that stand side by side: who resumes a service must not end the pause that somebody
// else put on the whole host, so each is kept, told and withdrawn by itself.
// Threads: none; owned by the core.
// Invariant: one pause per scope; at most kPausesMax of them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/ledger.h"
#include "spec/names.h"

namespace fairlead::fleet {

// Pauses in force at once: people give them by hand; more is a script gone wild, and each is shown
// in `fairlead status`.
inline constexpr std::size_t kPausesMax = 256;

class Pauses {
 public:
  // Begins or renews the pause of its scope. False when there are kPausesMax others already.
  bool Set(Pause pause);
  // Ends the pause of exactly the scope that `pause` names. False when there is none.
  bool Withdraw(const Pause& pause);

  // Those that cover a replica, the widest first; empty when nothing holds its repairs.
  std::vector<Pause> Over(const ServiceName& service, const std::string& place) const;
  std::vector<Pause> all() const;  // the widest scopes first, then by name

 private:
  using Key = std::tuple<PauseScope, std::string, std::string, std::string>;
  static Key KeyOf(const Pause& pause);

  std::map<Key, Pause> pauses_;
};

}  // namespace fairlead::fleet
