// Where the clients of a hub's streams are, what each may see for that, and who is turned away.
#include <algorithm>
#include <ranges>
#include <utility>

#include "base/ip_text.h"
#include "base/text.h"
#include "runtime/clock.h"
#include "xds/admission.h"
#include "xds/discovery_hub.h"

namespace fairlead::xds {
namespace {

bool IsLocal(const h2::Peer& peer) {
  return peer.is_unix || IsLoopbackAddress(peer.address);
}

}  // namespace

void DiscoveryHub::OnPlaced(StreamId id, const ClientPlace& place) {
  const auto found = streams_.find(id);
  if (found != streams_.end() && found->second->place() != place) {
    Place(*found->second, place);
  }
}

void DiscoveryHub::SetProjects(ProjectsOf projects_of) {
  projects_of_ = std::move(projects_of);
  std::vector<DiscoveryStream*> off_host;
  for (const auto& [id, stream] : streams_) {
    if (stream->place() && stream->place()->is_off_host) {
      off_host.push_back(stream);
    }
  }
  for (DiscoveryStream* stream : off_host) {
    Place(*stream, ClientPlace(*stream->place()));
  }
}

void DiscoveryHub::Place(DiscoveryStream& stream, const ClientPlace& place) {
  const bool is_first = unplaced_.erase(stream.id()) > 0;
  const ViewerClass before = stream.session().viewers();
  const Admission admission = Admit(place, stream.peer(), projects_of_, [&](const Viewer& viewer) {
    return catalog_.HasLimit(viewer, place.project) ||
           catalog_.limits() < options_.viewer_limits_max;
  });
  // Entered before the old class is left: one that stays must not be made anew.
  stream.MoveTo(catalog_.Enter(admission.viewer, place.project), place);
  if (!is_first) {
    LeaveClass(before);
  }
  stream.SetDenial(admission.denial ? std::optional(DenialError(admission, stream.peer()))
                                    : std::nullopt);
  observer_.OnPlaced(
      {.client = Printable(stream.client().value),
       .node = stream.session().has_node() ? Printable(stream.session().node().id) : std::string(),
       .place = place,
       .is_first = is_first,
       .projects = admission.viewer.projects});
  TellAdopted();
  if (admission.denial) {
    Deny(stream, admission);
  } else {
    if (place.is_off_host) {
      denied_.Forget(stream.peer().address, NamesIn(stream.peer()));
    }
    TellHiddenOf(stream);
  }
  stream.Pump(runtime::Now());
}

// One that was answered before is told that what it had is gone, over the stream that it has: a
// client keeps what it knows when a stream ends. To any other the end says why.
void DiscoveryHub::Deny(DiscoveryStream& stream, const Admission& admission) {
  if (!admission.is_early) {
    observer_.OnDenied(NoteOf(stream, *admission.denial));
  }
  if (stream.session().has_sent()) {
    return;
  }
  const TimePoint now = runtime::Now();
  ClientReport report = Report(stream, 0);
  report.ended_at = now;
  denied_.Add(std::move(report), now + options_.remember_clients);
  stream.Finish(*stream.denial());
  on_work_();
}

DeniedNote DiscoveryHub::NoteOf(const DiscoveryStream& stream, DenialReason reason) {
  return {
      .client = Printable(stream.client().value),
      .node = stream.session().has_node() ? Printable(stream.session().node().id) : std::string(),
      .names = NamesIn(stream.peer()),
      .address = stream.peer().address,
      .reason = reason,
      .asked = {},
      .project = {}};
}

void DiscoveryHub::TellHidden(const DiscoveryStream& stream, const std::string& name) {
  if (auto project = catalog_.HiddenProject(stream.session().viewers(), name)) {
    DeniedNote note = NoteOf(stream, DenialReason::kProject);
    note.asked = Printable(name);
    note.project = *std::move(project);
    observer_.OnDenied(note);
  }
}

void DiscoveryHub::TellHiddenOf(const DiscoveryStream& stream) {
  if (!stream.session().viewers().is_limited) {
    return;
  }
  for (const ResourceType type : kAskedFirst) {
    for (const std::string& name : stream.session().subscription(type).names) {
      TellHidden(stream, name);
    }
  }
}

// A client must not starve because the engine is slow. Where it really is may be told later. Before
// the gate opens nobody is answered anyway, and the engine may not have been reached yet.
void DiscoveryHub::PlaceOverdueStreams(TimePoint now) {
  if (!is_open_) {
    return;
  }
  std::vector<DiscoveryStream*> overdue;
  for (const StreamId& id : unplaced_) {
    const TimePoint waits_since = std::max(streams_.at(id)->opened_at(), opened_at_);
    if (now - waits_since >= options_.locate_patience) {
      overdue.push_back(streams_.at(id));
    }
  }
  for (DiscoveryStream* stream : overdue) {
    ClientPlace place;
    place.is_off_host = !IsLocal(stream->peer());
    place.is_unanswered = true;
    place.doubt = "the engine has not yet told where it runs";
    Place(*stream, place);
  }
}

bool DiscoveryHub::MayReport(std::uint64_t connection, const std::string& service) const {
  const auto streams = certified_.find(connection);
  const auto named = ServiceOf(service);
  return streams != certified_.end() && named &&
         std::ranges::any_of(streams->second, [&](const StreamId& id) {
           const DiscoveryStream& stream = *streams_.at(id);
           return stream.is_placed() &&
                  catalog_.Sees(stream.session().viewers(), named->name.project);
         });
}

}  // namespace fairlead::xds
