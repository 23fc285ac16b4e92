// What must hold after the faults have ended and some time has passed (I11), and of what is kept
// meanwhile (I12).
#include <algorithm>
#include <set>
#include <vector>

#include "controller/observer.h"
#include "sim/rules.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kSettled = 60s;

// Ten minutes as an empty list, and two in which it may not have heard of the end or stood still.
constexpr int kEmptyMinutesMax = 12;

// Each of the few things that are on their way about one container: checks, inspects, acts.
constexpr std::size_t kPlannedPerContainer = 20;
constexpr std::size_t kPlannedElse = 400;  // calls with long deadlines, clients, what faults begin

}  // namespace

void Rules::CheckBounds(const Kept& kept) {
  const std::size_t containers = engine_.containers().size();
  verdict_.Require(kept.in_flight <= controller::kInspectsInFlightMax, "I12",
                   fmt::format("{} inspects at once", kept.in_flight));
  verdict_.Require(kept.own_acts <= permits_.size() && kept.acts_kept <= permits_.size(), "I12",
                   fmt::format("{} acts are kept of {}", kept.own_acts, permits_.size()));
  CheckServicesKept(kept.services, kept.is_serving);
  const std::size_t most = kPlannedPerContainer * containers + kPlannedElse;
  verdict_.Require(kept.planned <= most, "I12",
                   fmt::format("{} things are planned for {} containers, at most {}", kept.planned,
                               containers, most));
}

// A service is shown for its containers, and then a while as an empty list.
void Rules::CheckServicesKept(const std::vector<ServiceName>& services, bool is_serving) {
  std::set<ServiceName> peopled;
  for (const auto& [id, container] : engine_.containers()) {
    if (const spec::ServiceSpec* spec = SpecOf(id)) peopled.insert(spec->name);
  }
  std::erase_if(empty_minutes_, [&](const auto& empty) {
    return peopled.contains(empty.first) ||
           std::ranges::find(services, empty.first) == services.end();
  });
  for (const ServiceName& service : services) {
    if (peopled.contains(service)) continue;
    int& minutes = empty_minutes_[service];
    if (is_serving) ++minutes;
    verdict_.Require(
        minutes <= kEmptyMinutesMax, "I12",
        fmt::format("{} is shown without a container for {} min", service.Text(), minutes));
  }
}

// By a person, through us: as it was written, or as we say where the disk was full.
bool Rules::IsKeptOut(const fleet::ReplicaReport& report) const {
  const std::string place = PlaceOf(report.name);
  if (unsure_.contains(place)) return report.intent == "drained" || report.intent == "evicted";
  const auto intent = intents_.find(place);
  return intent != intents_.end() && intent->second.kind != fleet::IntentKind::kNone;
}

void Rules::AtEnd(const fleet::Fleet& fleet,
                  const std::vector<std::unique_ptr<SimClient>>& clients) {
  verdict_.Require(fleet.phase() == fleet::Phase::kServing, "I11", "it does not serve");
  // The truth: what runs, serves and is not kept out by a person.
  std::map<std::string, SimClient::Addresses> truth;
  // Known limit (README.md): it runs, and its network went with a lender that ended by itself. To
  // us it is silent, as what hangs is; its repair is held or given up, and a panic keeps it listed.
  std::map<std::string, SimClient::Addresses> panicked;
  for (const auto& [id, container] : engine_.containers()) {
    const spec::ServiceSpec* spec = SpecOf(id);
    if (!spec) continue;
    truth[spec->name.Text()];
    const auto report = ReportOf(fleet, spec->name, id);
    verdict_.Require(report.has_value(), "I11", container.facts.name + " is not known");
    if (!report) continue;
    const bool is_kept_out = IsKeptOut(*report);
    const bool is_settled = timeline_.now() - container.changed_at > kSettled &&
                            timeline_.now() - container.serves_from > kSettled;
    const bool serves = container.runs() && engine_.IsAttached(container) && !is_kept_out &&
                        spec->weight > 0 && report->out_reason != "superseded";
    verdict_.Require(report->out_reason != "superseded" || HasTwin(container), "I11",
                     report->name + " is superseded by nobody");
    if (serves) truth[spec->name.Text()].insert(engine_.IpOf(container));
    const bool is_cut_off = container.runs() && container.lender && !engine_.IsAttached(container);
    if (is_cut_off && report->is_panic && report->readiness.starts_with("not-ready("))
      panicked[spec->name.Text()].insert(engine_.IpOf(container));
    CheckFollowers(container, *report);
    // By the core's own word the failure of a process is repaired, or there is a reason that lasts.
    const bool is_failure = report->departure == "oom" || report->departure.starts_with("crash(");
    const bool has_reason =
        report->repair.starts_with("gave-up") || report->repair == "held(observe)" ||
        report->repair == "held(not-managed)" || report->repair == "held(superseded)" ||
        report->repair == "held(budget)" || report->repair == "held(engine-restart-policy)" ||
        report->repair == "backing-off" || is_kept_out || report->repair == "idle";
    verdict_.Require(
        !is_failure || has_reason || !is_settled, "I11",
        fmt::format("{} crashed and is not repaired: {}", report->name, report->repair));
    const bool is_busy = report->repair.starts_with("draining(") ||
                         report->repair.starts_with("acting(") || report->repair == "verifying";
    verdict_.Require(!is_busy || !is_settled, "I11",
                     report->name + " is still being repaired: " + report->repair);
    verdict_.Require(!serves || !is_settled || report->in_rotation, "I11",
                     fmt::format("{} serves and is out: {} ({})", report->name, report->out_reason,
                                 report->repair));
  }
  for (const auto& client : clients) {
    verdict_.Require(client->is_connected(), "I11", client->name() + " has no stream");
    for (const auto& [service, expected] : truth) {
      if (!client->asks_for(service)) continue;
      const auto list = client->lists().find(service);
      const SimClient::Addresses got =
          list == client->lists().end() ? SimClient::Addresses{} : list->second;
      SimClient::Addresses in_vain = panicked[service];
      in_vain.insert(expected.begin(), expected.end());
      const bool is_panic = got != expected && got == in_vain;
      figures_.panicked_cut_off += is_panic ? 1 : 0;
      verdict_.Require(got == expected || is_panic, "I11",
                       fmt::format("{} uses {} addresses of {}, and {} serve", client->name(),
                                   got.size(), service, expected.size()));
    }
  }
}

}  // namespace fairlead::sim
