#include "access_refusals.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "access/discovery.h"
#include "base/text.h"
#include "metrics/metric.h"
#include "runtime/clock.h"

namespace fairlead::daemon {
namespace {

std::string DenialText(const xds::DeniedNote& denied, const std::string& actor) {
  const std::string who = fmt::format("client {} at {}", actor, Printable(denied.address, 64));
  switch (denied.reason) {
    case xds::DenialReason::kIdentity:
      return fmt::format(
          "{} is off this host, and no rule names its certificate: it is told of nothing; {}", who,
          access::DiscoveryAdvice(denied.names, ""));
    case xds::DenialReason::kProject:
      return fmt::format(
          "{} asked for {}, which is of project {}, and its certificate may not see "
          "that: it is told of no such service; {}",
          who, Printable(denied.asked, 256), denied.project,
          access::DiscoveryAdvice(denied.names, denied.project));
    case xds::DenialReason::kLimit:
      break;
  }
  return fmt::format(
      "{} sees another set of projects than the most that are kept at once: it is "
      "told of nothing; give fewer different sets in access.discovery",
      who);
}

std::string WithUntold(std::string text, std::uint64_t untold) {
  if (untold > 0) text += fmt::format(" ({} more refusals before it were not told)", untold);
  return text;
}

}  // namespace

void AccessRefusals::Tell(const access::Refusal& refusal) {
  const std::string role(access::RoleName(refusal.role));
  meter_.Count(metrics::Metric::kAdminRefusals, {refusal.method, role});
  std::optional<std::uint64_t> untold;
  {
    const runtime::MutexLock lock(mutex_);
    untold = budget_.Take(access::AccountOf(refusal.caller), runtime::Now());
  }
  if (!untold) return;
  fleet::Note note;
  note.kind = fleet::NoteKind::kAccessRefused;
  note.code = fmt::format("refused({})", role);
  note.text = WithUntold(refusal.error.message, *untold);
  note.actor = access::ActorOf(refusal.caller);
  note.cause = refusal.method;
  note.outcome = CodeName(refusal.error.code);
  record_(std::move(note));
}

void AccessRefusals::Tell(const xds::DeniedNote& denied) {
  const std::string reason(xds::DenialName(denied.reason));
  meter_.Count(metrics::Metric::kDiscoveryDenials, {reason});
  const std::string actor = access::ClientActor(denied.names, denied.address);
  std::optional<std::uint64_t> untold;
  {
    const runtime::MutexLock lock(mutex_);
    untold = discovery_budget_.Take(actor, runtime::Now());
  }
  if (!untold) return;
  fleet::Note note;
  note.kind = fleet::NoteKind::kAccessRefused;
  note.code = fmt::format("refused({})", reason);
  note.text = WithUntold(DenialText(denied, actor), *untold);
  note.actor = actor;
  note.cause = "discovery";
  note.outcome = CodeName(denied.reason == xds::DenialReason::kLimit ? Code::kResourceExhausted
                                                                     : Code::kPermissionDenied);
  record_(std::move(note));
}

}  // namespace fairlead::daemon
