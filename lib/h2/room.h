// Who makes room when there are as many connections as may be. Pure.
//
// Why by peers: whoever connects ten thousand times and then says nothing would shut everybody else
// out. So a connection without a call goes for another, but only one of a peer that has more of
// them than the newcomer's; a client comes back when it has something to ask.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace fairlead::h2 {

// `alike`: connections of the peer whose connection it is. `others`: those of the newcomer's peer,
// this one not counted. `idle`: for how long it has had no call. Among equals one goes only after
// `idle_enough`: who has just come may be about to call.
constexpr bool MakesRoom(std::size_t alike, std::size_t others, Duration idle,
                         Duration idle_enough) {
  return alike > others + 1 || (alike == others + 1 && idle >= idle_enough);
}

}  // namespace fairlead::h2
