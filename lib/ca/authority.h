// Authority: who signs certificates of services: a root of the daemon's own, or an intermediate
// whose root an operator keeps elsewhere.
//
// Threads: any; a value that moves. What it holds signs for everybody who believes its root, so it
// is nowhere shown and goes into no message.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "ca/wall.h"
#include "ca/x509.h"

namespace fairlead::ca {

struct Authority {
  Certificate certificate;
  Key key;
  std::string between;  // PEM of what a leaf's callers need to reach a root; empty: nothing
  Span span;
};

// A root lives as long as those of enterprises do; whoever has to distribute it does so once.
inline constexpr std::chrono::days kRootLife{3650};
// A clock that is set back by less does not make a fresh root useless.
inline constexpr std::chrono::days kRootBackdate{1};

// Signs leaves and no other authority. Good from kRootBackdate before `now`.
Result<Authority> MakeRoot(Wall now);

// The roots that we have as one text, the oldest first, and back. The text is a secret.
// ReadRoots: kDataLoss when not all of it is certificates of authorities, each with its key behind
// it; nothing of the text is in the message.
std::string TextOfRoots(const std::vector<Authority>& roots);
Result<std::vector<Authority>> ReadRoots(const std::string& text);
// More than an own daemon ever keeps: they overlap by two.
inline constexpr std::size_t kRootsMax = 4;

// An operator's intermediate. `who` names it in messages: "TLS profile host-7".
struct IssuerTexts {
  std::string who;
  std::string cert;  // the authority, then what is between it and the root
  std::string key;
  std::string roots;  // whom callers believe
};
// kUnauthenticated, with a sentence for each way in which it cannot sign what callers believe at
// `now`: no PEM, no authority, another's key, not valid, not signed by the roots.
Result<Authority> ReadIssuer(const IssuerTexts& texts, Wall now);

}  // namespace fairlead::ca
