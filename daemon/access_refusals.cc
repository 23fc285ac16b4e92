#include "access_refusals.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "metrics/metric.h"
#include "runtime/clock.h"

namespace fairlead::daemon {

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
  note.text = refusal.error.message;
  if (*untold > 0) note.text += fmt::format(" ({} more refusals before it were not told)", *untold);
  note.actor = access::ActorOf(refusal.caller);
  note.cause = refusal.method;
  note.outcome = CodeName(refusal.error.code);
  record_(std::move(note));
}

}  // namespace fairlead::daemon
