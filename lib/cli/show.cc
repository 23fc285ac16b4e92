#include "cli/show.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/text.h"

namespace fairlead::cli {
namespace {

std::string CodeFrom(std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  std::string code(name);
  for (char& c : code) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return code.empty() ? "unknown" : code;
}

std::string WithoutPrefix(std::string_view name, std::string_view prefix) {
  return std::string(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

// "running"; of what ended only why, as the rotation says already that it did: "crash(137)".
std::string State(const pb::Replica& replica) {
  return replica.departure().empty() ? replica.presence() : replica.departure();
}

std::string LastCheck(const pb::Replica& replica) {
  if (!replica.has_last_check()) return "-";
  const auto& latency = replica.last_check().latency();
  const double milliseconds =
      static_cast<double>(latency.seconds()) * 1e3 + static_cast<double>(latency.nanos()) / 1e6;
  return fmt::format("{} {:.1f}ms", CodeOf(replica.last_check().check_class()), milliseconds);
}

std::string Repair(const pb::Replica& replica) {
  std::string text = replica.repair();
  if (replica.restarts_in_window() > 0) {
    text += fmt::format(" ({} restarts)", replica.restarts_in_window());
  }
  return replica.intent().empty() || replica.intent() == "none" ? text
                                                                : replica.intent() + ", " + text;
}

std::string ShowPauses(const pb::Status& status, std::int64_t now, TableStyle style) {
  std::string text;
  for (const pb::Pause& pause : status.pauses()) {
    const std::string why = pause.reason().empty() ? "" : ": " + Printable(pause.reason());
    text +=
        fmt::format("repairs   {} of {} for {} by {}{}\n",
                    Coloured("paused", Colour::kBad, style.colour), Printable(pause.display_name()),
                    Age(now - pause.time().seconds()), Printable(pause.actor()), why);
  }
  return text;
}

std::string ShowCut(const pb::Status& status, TableStyle style) {
  if (!status.cut_off().empty()) {
    const std::string why = Printable(status.cut_off(), 512);
    return fmt::format("cut       {}\n", Coloured(why, Colour::kBad, style.colour));
  }
  if (status.callers_reset_count() == 0) return "";
  return fmt::format("cut       {} connections of callers that waited on a silent replica\n",
                     status.callers_reset_count());
}

// "1234 events of 3d, 2.1 of 64 MiB; 12 lost"
std::string ShowJournal(const pb::Journal& journal, std::int64_t now, TableStyle style) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  std::string text = fmt::format("journal   {} events", journal.entry_count());
  if (journal.has_oldest_time()) text += " of " + Age(now - journal.oldest_time().seconds());
  text +=
      fmt::format(", {:.1f} of {:.0f} MiB", static_cast<double>(journal.size_bytes()) / kMebibyte,
                  static_cast<double>(journal.size_bytes_max()) / kMebibyte);
  if (journal.pruned_count() > 0)
    text += fmt::format("; {} old ones pruned", journal.pruned_count());
  if (journal.dropped_count() > 0) {
    text += "; " + Coloured(fmt::format("{} not written", journal.dropped_count()), Colour::kBad,
                            style.colour);
  }
  text += "\n";
  if (!journal.trouble().empty()) text += "          " + Printable(journal.trouble(), 512) + "\n";
  return text;
}

std::string ShowWebhooks(const pb::Status& status, TableStyle style) {
  std::string text;
  for (const pb::Webhook& webhook : status.webhooks()) {
    text += fmt::format("webhook   {}: {} delivered", Printable(webhook.url()),
                        webhook.delivered_count());
    if (webhook.waiting_count() > 0) text += fmt::format(", {} waiting", webhook.waiting_count());
    if (webhook.failed_count() > 0) text += fmt::format(", {} failed", webhook.failed_count());
    if (webhook.dropped_count() > 0) {
      text += ", " + Coloured(fmt::format("{} thrown away", webhook.dropped_count()), Colour::kBad,
                              style.colour);
    }
    if (!webhook.trouble().empty()) text += "; " + Printable(webhook.trouble(), 512);
    text += "\n";
  }
  return text;
}

std::string ShowFileSinks(const pb::Status& status, TableStyle style) {
  std::string text;
  for (const pb::FileSink& sink : status.file_sinks()) {
    text += fmt::format("file      {}: {} written", Printable(sink.output()), sink.written_count());
    if (!sink.trouble().empty()) {
      text += fmt::format(", {} refused; ", sink.refused_count()) +
              Coloured(Printable(sink.trouble(), 1024), Colour::kBad, style.colour);
    } else if (!sink.changed().empty()) {
      text += "; " + Printable(sink.changed(), 512);
    }
    text += "\n";
  }
  return text;
}

bool HasFailures(const pb::CallLoad& load) {
  return load.failed_per_second() > 0 || load.dropped_per_second() > 0;
}

std::vector<Cell> LoadCells(const pb::Service& service, std::int64_t now) {
  if (!service.has_load()) return {{"-"}, {"-"}};
  return {{CallsText(service.load()), HasFailures(service.load()) ? Colour::kBad : Colour::kNone},
          {Age(now - service.load().time().seconds()) + " ago"}};
}

// "synced for 3m, last full list 12s ago"
std::string ShowInventory(const pb::Status& status, std::int64_t now, TableStyle style) {
  const pb::Inventory& inventory = status.inventory();
  const bool is_synced = inventory.state() == pb::Inventory::SYNCED;
  std::string text =
      "inventory " + Coloured(CodeFrom(pb::Inventory::State_Name(inventory.state()), ""),
                              is_synced ? Colour::kGood : Colour::kBad, style.colour);
  text += " for " + Age(now - inventory.since().seconds());
  if (!inventory.code().empty()) text += ", " + Printable(inventory.code());
  if (!inventory.reason().empty()) text += ": " + Printable(inventory.reason());
  text += "\n          ";
  text += inventory.has_list_time()
              ? fmt::format("last full list {} ago, {} in all, {} reconnects\n",
                            Age(now - inventory.list_time().seconds()), inventory.list_count(),
                            inventory.reconnect_count())
              : "no full list yet\n";
  if (inventory.failed_inspect_count() > 0) {
    text += fmt::format("          {} inspects failed, {} containers undecided now\n",
                        inventory.failed_inspect_count(), inventory.undecided_container_count());
  }
  if (status.missed_event_count() > 0) {
    text += fmt::format("events    {} of the engine's were lost; a full look followed each time\n",
                        status.missed_event_count());
  }
  if (inventory.unreadable_event_count() > 0) {
    text += fmt::format("events    {} of the engine's were unreadable; a full list followed\n",
                        inventory.unreadable_event_count());
  }
  return text;
}

}  // namespace

std::string CodeOf(pb::Phase phase) {
  return CodeFrom(pb::Phase_Name(phase), "PHASE_");
}
std::string CodeOf(pb::CheckClass check_class) {
  return CodeFrom(pb::CheckClass_Name(check_class), "CHECK_CLASS_");
}
std::string CodeOf(pb::EventKind kind) {
  return CodeFrom(pb::EventKind_Name(kind), "EVENT_KIND_");
}

std::string Age(std::int64_t seconds) {
  if (seconds < 0) seconds = 0;  // the daemon's clock and ours may differ a little
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  return fmt::format("{}d", seconds / 86400);
}

std::string ShowStatus(const pb::Status& status, std::int64_t now, TableStyle style) {
  const bool is_serving = status.phase() == pb::PHASE_SERVING;
  std::string phase =
      Coloured(CodeOf(status.phase()), is_serving ? Colour::kGood : Colour::kBad, style.colour);
  phase += " for " + Age(now - status.phase_since().seconds());
  if (!status.phase_reason().empty()) phase += ": " + Printable(status.phase_reason());
  const std::string engine = status.engine_version().empty()
                                 ? "not reached yet"
                                 : fmt::format("{}, API {}", Printable(status.engine_version()),
                                               Printable(status.engine_api_version()));
  std::string text = fmt::format(
      "phase     {}\n"
      "daemon    {}, up {}\n"
      "engine    {} ({})\n"
      "services  {}\n"
      "replicas  {}, {} in rotation\n",
      phase, Printable(status.version()), Age(now - status.start_time().seconds()), engine,
      Printable(status.engine_endpoint()), status.service_count(), status.replica_count(),
      status.replica_in_rotation_count());
  if (!status.brake().empty()) {
    text += fmt::format("brake     {} for {}: {}\n", Coloured("on", Colour::kBad, style.colour),
                        Age(now - status.brake_since().seconds()), Printable(status.brake(), 512));
  }
  if (!status.death_signals().empty()) {
    text += "deaths    seen by ";
    for (int i = 0; i < status.death_signals_size(); ++i) {
      text += (i == 0 ? "" : ", ") + Printable(status.death_signals(i));
    }
    if (!status.death_signals_off().empty()) {
      text += "; " + Printable(status.death_signals_off(), 512);
    }
    text += "\n";
  }
  text += ShowCut(status, style);
  text += ShowPauses(status, now, style);
  if (status.has_inventory()) text += ShowInventory(status, now, style);
  if (status.has_journal()) text += ShowJournal(status.journal(), now, style);
  text += ShowWebhooks(status, style);
  for (const std::string& warning : status.certificate_warnings())
    text += fmt::format("tls       {}\n",
                        Coloured(Printable(warning, 512), Colour::kBad, style.colour));
  text += ShowFileSinks(status, style);
  if (!status.caller().empty())
    text += fmt::format("you       {}: {} here\n", Printable(status.caller()),
                        Printable(status.caller_role()));
  return text;
}

std::string CallsText(const pb::CallLoad& load) {
  std::string text = fmt::format("{:.1f}/s, {} open", load.issued_per_second(), load.in_progress());
  if (load.failed_per_second() > 0)
    text += fmt::format(", {:.1f}/s failed", load.failed_per_second());
  if (load.dropped_per_second() > 0)
    text += fmt::format(", {:.1f}/s dropped by clients", load.dropped_per_second());
  return text;
}

std::string ShowServices(const std::vector<pb::Service>& services, std::int64_t now,
                         TableStyle style) {
  if (services.empty()) {
    return "No services. Containers take part with the label fairlead.enable=true.\n";
  }
  const bool has_loads = std::ranges::any_of(services, &pb::Service::has_load);
  std::vector<std::string> heading = {"SERVICE", "PORT",     "IN ROTATION",
                                      "MINIMUM", "REVISION", "ADOPTED"};
  if (has_loads) heading.insert(heading.end(), {"CALLS", "TOLD"});
  std::vector<std::vector<Cell>> rows;
  for (const pb::Service& service : services) {
    const bool is_whole = service.in_rotation_count() == service.replica_count();
    rows.push_back(
        {{WithoutPrefix(service.name(), "services/")},
         {std::to_string(service.port())},
         {fmt::format("{}/{}", service.in_rotation_count(), service.replica_count()),
          is_whole ? Colour::kGood : Colour::kBad},
         {std::to_string(service.available_minimum())},
         {std::to_string(service.revision())},
         {service.has_adopted_revision() ? std::to_string(service.adopted_revision()) : "-"}});
    if (has_loads) {
      for (Cell& cell : LoadCells(service, now)) rows.back().push_back(std::move(cell));
    }
  }
  return RenderTable(heading, rows, style);
}

std::string RotationText(const pb::Replica& replica) {
  if (replica.in_rotation() && replica.is_panic()) return "in (panic)";
  if (replica.in_rotation()) return replica.is_standby() ? "in (standby)" : "in";
  return "out(" + replica.out_reason() + ")";
}

std::string ShowReplicas(const std::vector<pb::Replica>& replicas, std::int64_t now,
                         TableStyle style) {
  if (replicas.empty()) return "No replicas.\n";
  std::vector<std::vector<Cell>> rows;
  for (const pb::Replica& replica : replicas) {
    rows.push_back({{replica.display_name()},
                    {RotationText(replica), replica.in_rotation() ? Colour::kGood : Colour::kBad},
                    {Age(now - replica.rotation_since().seconds())},
                    {State(replica)},
                    {LastCheck(replica)},
                    {Repair(replica)},
                    {replica.address()}});
  }
  return RenderTable({"REPLICA", "ROTATION", "SINCE", "STATE", "LAST CHECK", "REPAIR", "ADDRESS"},
                     rows, style);
}

std::string ShowDiagnostics(const std::vector<pb::ContainerDiagnostics>& containers,
                            TableStyle style) {
  std::string text;
  for (const pb::ContainerDiagnostics& container : containers) {
    for (const pb::Diagnostic& diagnostic : container.diagnostics()) {
      const bool is_error = diagnostic.severity() == pb::SEVERITY_ERROR;
      text += fmt::format("{} {}: {}: {} [{}]\n",
                          Coloured(is_error ? "error" : "warning",
                                   is_error ? Colour::kBad : Colour::kNone, style.colour),
                          Printable(container.container_name()), Printable(diagnostic.subject()),
                          Printable(diagnostic.message()), Printable(diagnostic.code()));
      if (!diagnostic.hint().empty()) text += "  hint: " + Printable(diagnostic.hint()) + "\n";
    }
  }
  return text;
}

std::string ShowEvent(const pb::Event& event, TableStyle style) {
  const std::time_t seconds = event.time().seconds();
  const std::string time = fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", fmt::gmtime(seconds),
                                       event.time().nanos() / 1'000'000);
  std::string about =
      event.replica().empty() ? WithoutPrefix(event.service(), "services/") : event.replica();
  if (about.empty()) about = "fairleadd";
  const std::string code = event.code().empty() ? CodeOf(event.kind()) : event.code();
  return fmt::format("{} {} {}: {}\n", Coloured(time, Colour::kFaint, style.colour),
                     Printable(about), Printable(code), Printable(event.text(), 512));
}

std::string ShowStep(const pb::DiagnosisStep& step, TableStyle style) {
  constexpr std::size_t kIndent = 20;
  constexpr std::string_view kLogMark = "! ";
  const bool is_fault = step.verdict() == pb::DiagnosisStep::FAULT;
  const bool is_fine = step.verdict() == pb::DiagnosisStep::FINE;
  const std::string verdict =
      fmt::format("{:<6}", CodeFrom(pb::DiagnosisStep::Verdict_Name(step.verdict()), ""));
  std::string text = fmt::format("{:<10}  {}  {}\n", Printable(step.step(), 20),
                                 Coloured(verdict,
                                          is_fault  ? Colour::kBad
                                          : is_fine ? Colour::kGood
                                                    : Colour::kNone,
                                          style.colour),
                                 Wrapped(step.tried(), {.indent = kIndent, .used = kIndent}));
  const auto add = [&](const std::string& line) {
    if (!line.empty())
      text +=
          std::string(kIndent, ' ') + Wrapped(line, {.indent = kIndent, .used = kIndent}) + "\n";
  };
  add(step.answer().empty() ? "" : "-> " + step.answer());
  add(step.meaning());
  add(step.advice().empty() ? "" : "to do: " + step.advice());
  for (const pb::LogLine& line : step.log()) {
    const std::string shown =
        Wrapped(line.text(), {.indent = kIndent, .used = kIndent + kLogMark.size()});
    text += std::string(kIndent, ' ');
    text += line.tells_error() ? Coloured("! " + shown, Colour::kBad, style.colour) : "| " + shown;
    text += "\n";
  }
  return text;
}

std::string ShowGap(const pb::EventGap& gap) {
  return fmt::format("... {} events are missing here\n", gap.missed_count());
}

}  // namespace fairlead::cli
