// Admission: what a client may be told of, by where it is and by what its certificate says.
//
// Why: a process of the host and a container on it are known by the kernel's and the engine's word,
// and see every project. Who comes from elsewhere is known by its certificate alone: it sees the
// projects that the host's rules give to that, and by default none.
// The place decides where both are known: a certificate neither adds to what a container sees,
// which is everything, nor takes from it what whoever started it on this host may have anyway, over
// the unix socket. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "h2/server.h"
#include "xds/client_locator.h"
#include "xds/viewer.h"

namespace fairlead::xds {

// Names of projects; nothing: every one.
using Projects = std::optional<std::set<std::string>>;
// What the rules give to these names of a certificate ("DNS:a.b", "URI:spiffe://c/d").
using ProjectsOf = std::function<Projects(const std::vector<std::string>& names)>;

// Why a client is not told of what it wants.
enum class DenialReason : std::uint8_t {
  kIdentity,  // no rule names its certificate: it is told of nothing
  kProject,   // what it asked for is of a project that it may not see
  kLimit,     // more different sets of projects are asked for at once than are kept
};
std::string_view DenialName(DenialReason reason);  // "identity", "project", "limit"

struct Admission {
  Viewer viewer;
  std::optional<DenialReason> denial;  // it sees nothing: kIdentity, kLimit
  // Where it is, is not known yet, and may give it more than its certificate does.
  bool is_early = false;
};

// `projects_of` may be empty: nobody off the host sees anything. `has_room` says whether one more
// set of projects may be kept.
Admission Admit(const ClientPlace& place, const h2::Peer& peer, const ProjectsOf& projects_of,
                const std::function<bool(const Viewer&)>& has_room);

// The names of a certificate, of Peer::names.
std::vector<std::string> NamesIn(const h2::Peer& peer);

// What a stream that sees nothing is told at its end.
Error DenialError(const Admission& admission, const h2::Peer& peer);

}  // namespace fairlead::xds
