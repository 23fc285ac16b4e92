#include "metrics/state_samples.h"

#include <chrono>
#include <cstddef>
#include <map>

namespace fairlead::metrics {
namespace {

double Flag(bool is_set) {
  return is_set ? 1 : 0;
}

template <class Number>
double Real(Number number) {
  return static_cast<double>(number);
}

void TakeDaemon(const DaemonState& state, Meter& meter) {
  const controller::DaemonStatus& status = state.status;
  meter.Replace(Metric::kBuildInfo, {{{state.version}, 1}});
  meter.Set(Metric::kStartTime,
            std::chrono::duration<double>(state.started_at.time_since_epoch()).count());
  std::vector<Sample> phases;
  for (int i = 0; i <= static_cast<int>(fleet::Phase::kStopping); ++i) {
    const auto phase = static_cast<fleet::Phase>(i);
    phases.push_back({{std::string(fleet::PhaseName(phase))}, Flag(phase == status.phase)});
  }
  meter.Replace(Metric::kPhase, phases);
  meter.Set(Metric::kBrake, Flag(!status.brake.empty()));
  meter.Set(Metric::kPauses, Real(status.pauses.size()));
  meter.Set(Metric::kCallersReset, Real(status.callers_reset));
  meter.Set(Metric::kContainersWithDiagnostics, Real(state.containers_with_diagnostics));
}

void TakeInventory(const controller::InventoryStatus& inventory, Meter& meter) {
  meter.Set(Metric::kInventorySynced, Flag(inventory.state == controller::InventoryState::kSynced));
  meter.Set(Metric::kEngineEventsMissed, Real(inventory.missed_events));
  meter.Set(Metric::kEngineEventsUnreadable, Real(inventory.unreadable_events));
  meter.Set(Metric::kEngineReconnects, Real(inventory.reconnects));
  meter.Set(Metric::kEngineLists, Real(inventory.lists));
  meter.Set(Metric::kEngineInspectsFailed, Real(inventory.inspects_failed));
  meter.Set(Metric::kContainersUndecided, Real(inventory.undecided));
}

void TakeRecords(const controller::DaemonStatus& status, Meter& meter) {
  meter.Set(Metric::kJournalEntries, Real(status.journal.entries));
  meter.Set(Metric::kJournalBytes, Real(status.journal.bytes));
  meter.Set(Metric::kJournalDropped, Real(status.journal.dropped));
  std::vector<Sample> events;
  std::vector<Sample> waiting;
  for (const controller::WebhookStatus& hook : status.webhooks) {
    events.push_back({{hook.url, "delivered"}, Real(hook.delivered)});
    events.push_back({{hook.url, "failed"}, Real(hook.failed)});
    events.push_back({{hook.url, "dropped"}, Real(hook.dropped)});
    waiting.push_back({{hook.url}, Real(hook.waiting)});
  }
  meter.Replace(Metric::kWebhookEvents, events);
  meter.Replace(Metric::kWebhookWaiting, waiting);
  std::vector<Sample> writes;
  std::vector<Sample> trouble;
  for (const controller::FileSinkStatus& sink : status.file_sinks) {
    writes.push_back({{sink.output, "written"}, Real(sink.written)});
    writes.push_back({{sink.output, "refused"}, Real(sink.refused)});
    trouble.push_back({{sink.output}, Flag(!sink.trouble.empty())});
  }
  meter.Replace(Metric::kFileSinkWrites, writes);
  meter.Replace(Metric::kFileSinkTrouble, trouble);
}

void TakeServices(const DaemonState& state, Meter& meter) {
  std::map<Metric, std::vector<Sample>> samples;
  for (const Metric metric :
       {Metric::kServiceReplicas, Metric::kServiceInRotation, Metric::kServicePanic,
        Metric::kServiceAvailableMinimum, Metric::kServiceVerdicts, Metric::kServiceRepairs,
        Metric::kServiceRestartsInWindow, Metric::kServiceAdoptionLag})
    samples[metric];
  for (const auto& service : state.services) {
    const LabelValues name = {service->name.project, service->name.service};
    const auto add = [&](Metric metric, double value) { samples[metric].push_back({name, value}); };
    const auto add_word = [&](Metric metric, const std::string& word) {
      samples[metric].push_back({{name[0], name[1], word}, 1});
    };
    int panic = 0;
    int restarts = 0;
    for (const fleet::ReplicaReport& replica : service->replicas) {
      panic += replica.is_panic ? 1 : 0;
      restarts += replica.restarts_in_window;
      add_word(Metric::kServiceVerdicts, replica.readiness);
      if (replica.repair != "idle") add_word(Metric::kServiceRepairs, replica.repair);
    }
    add(Metric::kServiceReplicas, Real(service->replicas.size()));
    add(Metric::kServiceInRotation, service->in_rotation);
    add(Metric::kServicePanic, panic);
    add(Metric::kServiceAvailableMinimum, service->available_minimum);
    add(Metric::kServiceRestartsInWindow, restarts);
    if (service->adopted_revision)
      add(Metric::kServiceAdoptionLag, Real(service->revision) - Real(*service->adopted_revision));
  }
  for (const auto& [metric, values] : samples) meter.Replace(metric, values);
}

}  // namespace

void TakeState(const DaemonState& state, Meter& meter) {
  TakeDaemon(state, meter);
  TakeInventory(state.status.inventory, meter);
  TakeRecords(state.status, meter);
  TakeServices(state, meter);
}

void CountEvent(const fleet::Note& note, Meter& meter) {
  meter.Count(Metric::kEvents, {std::string(fleet::NoteKindName(note.kind))});
  if (note.kind == fleet::NoteKind::kActFinished) meter.Count(Metric::kActs, {note.code});
}

}  // namespace fairlead::metrics
