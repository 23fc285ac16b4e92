#include "admin/render.h"

#include "admin/render_values.h"

namespace fairlead::admin {
namespace {

pb::Phase RenderPhase(fleet::Phase phase) {
  switch (phase) {
    case fleet::Phase::kConfigured:
      return pb::PHASE_CONFIGURED;
    case fleet::Phase::kEngineSynced:
      return pb::PHASE_ENGINE_SYNCED;
    case fleet::Phase::kVerdictsSynced:
      return pb::PHASE_VERDICTS_SYNCED;
    case fleet::Phase::kServing:
      return pb::PHASE_SERVING;
    case fleet::Phase::kStale:
      return pb::PHASE_STALE;
    case fleet::Phase::kStopping:
      return pb::PHASE_STOPPING;
  }
  return pb::PHASE_UNSPECIFIED;
}

pb::EventKind RenderEventKind(fleet::NoteKind kind) {
  using enum fleet::NoteKind;
  switch (kind) {
    case kBrakeChanged:
      return pb::EVENT_KIND_BRAKE_CHANGED;
    case kPhaseChanged:
      return pb::EVENT_KIND_PHASE_CHANGED;
    case kReplicaSeen:
      return pb::EVENT_KIND_REPLICA_SEEN;
    case kReplicaGone:
      return pb::EVENT_KIND_REPLICA_GONE;
    case kRotationChanged:
      return pb::EVENT_KIND_ROTATION_CHANGED;
    case kReadinessChanged:
      return pb::EVENT_KIND_READINESS_CHANGED;
    case kLivenessChanged:
      return pb::EVENT_KIND_LIVENESS_CHANGED;
    case kPresenceChanged:
      return pb::EVENT_KIND_PRESENCE_CHANGED;
    case kRepairChanged:
      return pb::EVENT_KIND_REPAIR_CHANGED;
    case kActPermitted:
      return pb::EVENT_KIND_ACT_PERMITTED;
    case kActFinished:
      return pb::EVENT_KIND_ACT_FINISHED;
    case kViewPublished:
      return pb::EVENT_KIND_VIEW_PUBLISHED;
    case kIntentChanged:
      return pb::EVENT_KIND_INTENT_CHANGED;
    case kPauseChanged:
      return pb::EVENT_KIND_PAUSE_CHANGED;
    case kDiagnostic:
      return pb::EVENT_KIND_DIAGNOSTIC;
    case kCommandAnswered:
      return pb::EVENT_KIND_COMMAND_ANSWERED;
    case kCallersCut:
      return pb::EVENT_KIND_CALLERS_CUT;
    case kAccessRefused:
      return pb::EVENT_KIND_ACCESS_REFUSED;
  }
  return pb::EVENT_KIND_UNSPECIFIED;
}

// "user-service.shop/2" -> "services/user-service.shop/replicas/2"
std::string ReplicaResource(const ServiceName& service, std::string_view replica) {
  const std::size_t slash = replica.rfind('/');
  const std::string_view place =
      slash == std::string_view::npos ? replica : replica.substr(slash + 1);
  return ServiceResource(service) + "/replicas/" + Shown(place);
}

std::string PauseResource(const fleet::Pause& pause) {
  switch (pause.scope) {
    case fleet::PauseScope::kHost:
      return "services/-";
    case fleet::PauseScope::kProject:
      return "projects/" + Shown(pause.service.project);
    case fleet::PauseScope::kService:
      return ServiceResource(pause.service);
    case fleet::PauseScope::kReplica:
      return ReplicaResource(pause.service, pause.replica);
  }
  return "";
}

pb::Pause RenderPause(const fleet::Pause& pause, WallClock wall) {
  pb::Pause out;
  out.set_name(PauseResource(pause));
  out.set_display_name(Shown(pause.Text()));
  out.set_actor(Shown(pause.actor));
  out.set_reason(Shown(pause.reason));
  SetTime(out.mutable_time(), wall(pause.at));
  return out;
}

pb::Journal RenderJournal(const store::JournalStatus& journal) {
  pb::Journal out;
  out.set_entry_count(journal.entries);
  if (journal.entries > 0) SetTime(out.mutable_oldest_time(), journal.oldest);
  out.set_size_bytes(journal.bytes);
  out.set_size_bytes_max(journal.bytes_max);
  out.set_pruned_count(journal.pruned);
  out.set_dropped_count(journal.dropped);
  out.set_trouble(Shown(journal.trouble));
  return out;
}

pb::Webhook RenderWebhook(const controller::WebhookStatus& webhook) {
  pb::Webhook out;
  out.set_url(Shown(webhook.url));
  out.set_delivered_count(webhook.delivered);
  out.set_failed_count(webhook.failed);
  out.set_dropped_count(webhook.dropped);
  out.set_waiting_count(webhook.waiting);
  out.set_trouble(Shown(webhook.trouble));
  return out;
}

pb::FileSink RenderFileSink(const controller::FileSinkStatus& sink) {
  pb::FileSink out;
  out.set_output(Shown(sink.output));
  out.set_written_count(sink.written);
  out.set_refused_count(sink.refused);
  out.set_changed(Shown(sink.changed));
  out.set_trouble(Shown(sink.trouble));
  return out;
}

pb::Inventory::State RenderInventoryState(controller::InventoryState state) {
  switch (state) {
    case controller::InventoryState::kConnecting:
      return pb::Inventory::CONNECTING;
    case controller::InventoryState::kSynced:
      return pb::Inventory::SYNCED;
    case controller::InventoryState::kFrozen:
      return pb::Inventory::FROZEN;
    case controller::InventoryState::kStale:
      return pb::Inventory::STALE;
  }
  return pb::Inventory::STATE_UNSPECIFIED;
}

pb::Inventory RenderInventory(const controller::InventoryStatus& inventory, WallClock wall) {
  pb::Inventory out;
  out.set_state(RenderInventoryState(inventory.state));
  out.set_code(inventory.code);
  out.set_reason(Shown(inventory.reason));
  SetTime(out.mutable_since(), wall(inventory.since));
  if (inventory.listed_at) SetTime(out.mutable_list_time(), wall(*inventory.listed_at));
  out.set_unreadable_event_count(inventory.unreadable_events);
  out.set_list_count(inventory.lists);
  out.set_reconnect_count(inventory.reconnects);
  out.set_failed_inspect_count(inventory.inspects_failed);
  out.set_undecided_container_count(inventory.undecided);
  return out;
}

}  // namespace

std::string ServiceResource(const ServiceName& name) {
  return "services/" + Shown(name.Text());
}

pb::Status RenderStatus(const controller::DaemonStatus& status, std::string_view version,
                        WallClock wall) {
  pb::Status out;
  out.set_version(std::string(version));
  out.set_phase(RenderPhase(status.phase));
  out.set_phase_reason(Shown(status.phase_reason));
  SetTime(out.mutable_phase_since(), wall(status.phase_since));
  SetTime(out.mutable_start_time(), wall(status.started_at));
  out.set_engine_endpoint(Shown(status.engine_endpoint));
  out.set_engine_version(Shown(status.engine_version));
  out.set_engine_api_version(Shown(status.engine_api_version));
  out.set_service_count(status.services);
  out.set_replica_count(status.replicas);
  out.set_replica_in_rotation_count(status.replicas_in_rotation);
  out.set_missed_event_count(status.inventory.missed_events);
  *out.mutable_inventory() = RenderInventory(status.inventory, wall);
  for (const std::string& signal : status.death_signals) out.add_death_signals(Shown(signal));
  out.set_death_signals_off(Shown(status.death_signals_off));
  out.set_cut_off(Shown(status.cut_off));
  out.set_callers_reset_count(status.callers_reset);
  if (!status.brake.empty()) {
    out.set_brake(Shown(status.brake));
    SetTime(out.mutable_brake_since(), wall(status.brake_since));
  }
  for (const fleet::Pause& pause : status.pauses) *out.add_pauses() = RenderPause(pause, wall);
  *out.mutable_journal() = RenderJournal(status.journal);
  for (const auto& webhook : status.webhooks) *out.add_webhooks() = RenderWebhook(webhook);
  for (const std::string& address : status.http_addresses) out.add_http_addresses(Shown(address));
  out.set_http_token_file(Shown(status.http_token_path));
  for (const auto& sink : status.file_sinks) *out.add_file_sinks() = RenderFileSink(sink);
  return out;
}

pb::Service RenderService(const fleet::ServiceReport& report) {
  pb::Service out;
  out.set_name(ServiceResource(report.name));
  out.set_service(Shown(report.name.service));
  out.set_project(Shown(report.name.project));
  out.set_port(report.port);
  out.set_replica_count(static_cast<std::int32_t>(report.replicas.size()));
  out.set_in_rotation_count(report.in_rotation);
  out.set_available_minimum(report.available_minimum);
  out.set_revision(report.revision);
  if (report.adopted_revision) out.set_adopted_revision(*report.adopted_revision);
  return out;
}

pb::Replica RenderReplica(const fleet::ServiceReport& service, const fleet::ReplicaReport& replica,
                          WallClock wall) {
  pb::Replica out;
  out.set_name(ReplicaResource(service.name, replica.name));
  out.set_display_name(Shown(replica.name));
  out.set_container_id(Shown(replica.generation.id.value));
  out.set_container_name(Shown(replica.container_name));
  out.set_image(Shown(replica.image));
  out.set_address(Shown(replica.address));
  out.set_tls(replica.tls);
  out.set_presence(Shown(replica.presence));
  out.set_readiness(Shown(replica.readiness));
  out.set_liveness(Shown(replica.liveness));
  out.set_intent(Shown(replica.intent));
  out.set_repair(Shown(replica.repair));
  out.set_in_rotation(replica.in_rotation);
  out.set_out_reason(Shown(replica.out_reason));
  out.set_is_panic(replica.is_panic);
  out.set_is_standby(replica.is_standby);
  out.set_priority(replica.priority);
  SetTime(out.mutable_rotation_since(), wall(replica.rotation_since));
  if (replica.last_check) {
    pb::Check& check = *out.mutable_last_check();
    check.set_check_class(RenderCheckClass(replica.last_check->check_class));
    SetDuration(check.mutable_latency(), replica.last_check->latency);
    check.set_detail(Shown(replica.last_check->detail));
    if (replica.last_check_at) SetTime(check.mutable_time(), wall(*replica.last_check_at));
  }
  out.set_restarts_in_window(replica.restarts_in_window);
  out.set_last_cause(Shown(replica.last_cause));
  out.set_departure(Shown(replica.departure));
  out.set_departure_evidence(Shown(replica.departure_evidence));
  for (const fleet::Pause& pause : replica.pauses) *out.add_pauses() = RenderPause(pause, wall);
  return out;
}

pb::ContainerDiagnostics RenderDiagnostics(const fleet::ContainerDiagnostics& container) {
  pb::ContainerDiagnostics out;
  out.set_container_id(Shown(container.id.value));
  out.set_container_name(Shown(container.container_name));
  for (const spec::Diagnostic& diagnostic : container.diagnostics) {
    pb::Diagnostic& shown = *out.add_diagnostics();
    shown.set_severity(diagnostic.severity == spec::Severity::kError ? pb::SEVERITY_ERROR
                                                                     : pb::SEVERITY_WARNING);
    shown.set_code(Shown(diagnostic.code));
    shown.set_subject(Shown(diagnostic.subject));
    shown.set_message(Shown(diagnostic.message));
    shown.set_hint(Shown(diagnostic.hint));
  }
  return out;
}

pb::CallLoad RenderLoad(const spec::CallLoad& load, WallClock wall) {
  pb::CallLoad out;
  out.set_client_count(Count(load.clients));
  SetTime(out.mutable_time(), wall(load.told_at));
  out.set_in_progress(Count(load.in_progress));
  out.set_issued_per_second(load.issued_per_second);
  out.set_failed_per_second(load.failed_per_second);
  out.set_dropped_per_second(load.dropped_per_second);
  return out;
}

pb::Event RenderEvent(const controller::RecordedEvent& event) {
  const fleet::Note& note = event.note;
  pb::Event out;
  out.set_name("events/" + std::to_string(event.id));
  out.set_id(event.id);
  SetTime(out.mutable_time(), event.at);
  out.set_kind(RenderEventKind(note.kind));
  if (!note.service.service.empty()) out.set_service(ServiceResource(note.service));
  out.set_replica(Shown(note.replica));
  out.set_container_id(Shown(note.container.value));
  out.set_code(Shown(note.code));
  out.set_text(Shown(note.text));
  out.set_actor(Shown(note.actor));
  out.set_cause(Shown(note.cause));
  out.set_outcome(Shown(note.outcome));
  out.set_evidence(Shown(note.evidence));
  return out;
}

}  // namespace fairlead::admin
