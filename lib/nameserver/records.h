// Records: what a name that was found has of the type that is asked for. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "dns/message.h"
#include "nameserver/zone.h"

namespace fairlead::nameserver {

struct Records {
  std::vector<dns::Record> answers;
  std::vector<dns::Record> additionals;  // addresses of what SRV names
};

struct Wanted {
  const Zone& zone;
  const dns::Question& question;
  const Asker& asker;
  const std::string& local_ip;  // of the zone's own name
};

// None where the name has nothing of that type. ANY: the addresses or, without any, SRV (RFC 8482).
Records RecordsOf(const Found& found, const Wanted& wanted, Rng& rng);

// Who answers for the zone, and how long "there is none" may be believed.
dns::Record SoaOf(const Zone& zone);

}  // namespace fairlead::nameserver
