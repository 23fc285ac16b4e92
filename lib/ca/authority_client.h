// AuthorityClient: ca::Keeper as one has it that holds no key: each turn is done by another process
// (authority_server.h).
//
// How: what is observed is kept here, and said in whole with every turn, so that a process which
// has just taken a dead one's place knows all there is. What was asked when one died is asked once
// more; what was written by then is found and not made again, and of its news at most the last is
// lost. One that is slow is not asked again: the next turns wait for the same answer. Threads: one
// at a time; Turn() blocks for as long as that process is at it, `patience` at most.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ca/authority_message.h"
#include "ca/keeper.h"
#include "runtime/file_descriptor.h"

namespace fairlead::ca {

// A turn that changes nothing takes 10 ms for a thousand services; one that signs for all of them
// longer than any patience. At the daemon's stop it is waited for as long.
inline constexpr Duration kTurnPatience = std::chrono::seconds(2);

class AuthorityClient {
 public:
  enum class Turned : std::uint8_t {
    kDone,
    kGoesOn,  // there is more to be heard or asked: have the next turn at once
    kFailed,  // told as news of the authority
  };

  // `pair`: SOCK_SEQPACKET, the caller's, for as long as this lives.
  AuthorityClient(int pair, Keeper::Tell tell, Duration patience = kTurnPatience);

  // As Keeper has them.
  bool Observe(const ContainerFacts& facts, const std::optional<ServiceName>& asks);
  bool Gone(const ContainerId& id);
  void SetComplete(bool is_complete);

  Turned Turn();

  // Of the last turn that was done, with what is wrong since.
  std::vector<KeptCertificate> All() const;

 private:
  enum class Heard : std::uint8_t { kAll, kSilence, kEnd };

  Result<Turned> AskAndHear(TimePoint deadline);
  // Leaves in `answering_` the end on which the answer comes.
  Result<> Ask(TimePoint deadline);
  // Errors: kDataLoss, and what the other process refuses.
  Result<Heard> Hear(TimePoint deadline);
  Result<bool> Take(std::string_view packet);
  Turned TellTrouble(const std::string& text);

  const int pair_;
  const Keeper::Tell tell_;
  const Duration patience_;
  std::map<ContainerId, AskingContainer> asking_;
  bool is_complete_ = false;
  bool has_changed_ = false;             // since it was asked last
  runtime::FileDescriptor answering_;    // valid while an answer has not come to its end
  std::vector<KeptCertificate> coming_;  // of that answer
  bool has_heard_ = false;               // anything, in this turn
  std::vector<KeptCertificate> all_;
  std::string trouble_;  // with the process itself; empty: none
};

}  // namespace fairlead::ca
