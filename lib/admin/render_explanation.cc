#include "admin/render_explanation.h"

#include "admin/render_values.h"

namespace fairlead::admin {
namespace {

pb::Measure RenderMeasure(const fleet::Measure& measure) {
  pb::Measure out;
  out.set_what(Shown(measure.what));
  out.set_value(Shown(measure.value));
  out.set_source(Shown(measure.source));
  return out;
}

pb::NextStep RenderNextStep(const fleet::NextStep& next, WallClock wall) {
  pb::NextStep out;
  out.set_act(Shown(next.act));
  out.set_state(Shown(next.state));
  out.set_text(Shown(next.text));
  if (next.at) SetTime(out.mutable_time(), wall(*next.at));
  return out;
}

pb::WeighedHold RenderHold(const fleet::WeighedHold& hold, WallClock wall) {
  pb::WeighedHold out;
  out.set_code(Shown(hold.code));
  out.set_holds(hold.holds);
  if (hold.until) SetTime(out.mutable_until_time(), wall(*hold.until));
  out.set_measured(Shown(hold.measured));
  out.set_advice(Shown(hold.advice));
  return out;
}

std::string_view StateName(fleet::ActState state) {
  switch (state) {
    case fleet::ActState::kPermitted:
      return "permitted";
    case fleet::ActState::kSucceeded:
      return "succeeded";
    case fleet::ActState::kFailed:
      return "failed";
    case fleet::ActState::kDropped:
      return "dropped";
  }
  return "";
}

pb::PastAct RenderAct(const fleet::PastAct& act, WallClock wall) {
  pb::PastAct out;
  out.set_act(std::string(fleet::ActKindName(act.entry.kind)));
  SetTime(out.mutable_time(), wall(act.entry.permitted_at));
  out.set_actor(Shown(act.entry.actor));
  out.set_cause(Shown(act.entry.cause));
  out.set_evidence(Shown(act.evidence));
  out.set_state(std::string(StateName(act.entry.state)));
  out.set_outcome(Shown(act.entry.outcome));
  out.set_verified(Shown(act.verified));
  return out;
}

pb::Sight RenderSight(const fleet::Sight& sight) {
  pb::Sight out;
  out.set_viewer(Shown(sight.viewer));
  out.set_address(Shown(sight.address));
  out.set_source(Shown(sight.source));
  return out;
}

pb::ReplicaExplanation RenderReplicaExplanation(const fleet::ServiceReport& service,
                                                const fleet::ReplicaExplanation& one,
                                                WallClock wall) {
  pb::ReplicaExplanation out;
  *out.mutable_replica() = RenderReplica(service, one.report, wall);
  out.set_rotation(Shown(one.rotation));
  for (const fleet::Measure& measure : one.measures) *out.add_measures() = RenderMeasure(measure);
  for (const fleet::Sight& sight : one.sights) *out.add_sights() = RenderSight(sight);
  for (const fleet::RecentCheck& check : one.checks) {
    pb::Check& shown = *out.add_checks();
    shown.set_check_class(RenderCheckClass(check.check_class));
    SetDuration(shown.mutable_latency(), check.latency);
    SetTime(shown.mutable_time(), wall(check.at));
  }
  *out.mutable_next() = RenderNextStep(one.next, wall);
  for (const fleet::WeighedHold& hold : one.holds) *out.add_holds() = RenderHold(hold, wall);
  for (const fleet::PastAct& act : one.acts) *out.add_acts() = RenderAct(act, wall);
  if (one.load) *out.mutable_load() = RenderLoad(*one.load, wall);
  return out;
}

}  // namespace

pb::Explanation RenderExplanation(const fleet::Explanation& explanation, WallClock wall) {
  pb::Explanation out;
  *out.mutable_service() = RenderService(explanation.service);
  if (explanation.load)
    *out.mutable_service()->mutable_load() = RenderLoad(*explanation.load, wall);
  for (const fleet::Measure& measure : explanation.measures)
    *out.add_measures() = RenderMeasure(measure);
  for (const fleet::ReplicaExplanation& one : explanation.replicas)
    *out.add_replicas() = RenderReplicaExplanation(explanation.service, one, wall);
  return out;
}

}  // namespace fairlead::admin
