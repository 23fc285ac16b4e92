#include "xds/admission.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ip_text.h"
#include "base/text.h"

namespace fairlead::xds {
namespace {

constexpr std::size_t kNamesShownBytesMax = 256;

}  // namespace

std::string_view DenialName(DenialReason reason) {
  switch (reason) {
    case DenialReason::kIdentity:
      return "identity";
    case DenialReason::kProject:
      return "project";
    case DenialReason::kLimit:
      return "limit";
  }
  return "identity";
}

std::vector<std::string> NamesIn(const h2::Peer& peer) {
  std::vector<std::string> names;
  std::string_view rest = peer.names;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end != 0) names.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return names;
}

Admission Admit(const ClientPlace& place, const h2::Peer& peer, const ProjectsOf& projects_of,
                const std::function<bool(const Viewer&)>& has_room) {
  Admission admission{.viewer = place.viewer, .denial = {}, .is_early = false};
  if (!place.is_off_host) {
    return admission;
  }
  Viewer& viewer = admission.viewer;
  admission.is_early = place.is_unanswered;
  viewer.host_address = PlainAddress(peer.local_address);
  viewer.projects = projects_of ? projects_of(NamesIn(peer)) : Projects(std::set<std::string>());
  if (viewer.projects && viewer.projects->empty()) {
    admission.denial = DenialReason::kIdentity;
  } else if (viewer.projects && !has_room(viewer)) {
    viewer.projects->clear();
    admission.denial = DenialReason::kLimit;
  }
  return admission;
}

Error DenialError(const Admission& admission, const h2::Peer& peer) {
  if (admission.is_early) {
    return {Code::kUnavailable,
            "the engine has not yet told whether this client is in a container of this host: "
            "try again"};
  }
  if (admission.denial == DenialReason::kLimit) {
    return {Code::kResourceExhausted,
            "clients off this host see as many different sets of projects as fairlead keeps: ask "
            "whoever runs it to give fewer in access.discovery"};
  }
  const std::vector<std::string> names = NamesIn(peer);
  const std::string shown =
      names.empty() ? "none"
                    : Printable(fmt::format("{}", fmt::join(names, ", ")), kNamesShownBytesMax);
  return {Code::kPermissionDenied,
          fmt::format("this client is on another host, and no rule of access.discovery there names "
                      "its certificate ({}): ask whoever runs fairlead to name it",
                      shown)};
}

}  // namespace fairlead::xds
