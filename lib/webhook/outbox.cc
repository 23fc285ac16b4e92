#include "webhook/outbox.h"

#include "fleet/effects.h"

namespace fairlead::webhook {

// Lists are pushed with each transition, commands are answered by their acts, and a diagnostic is
// about labels: who wants them asks for them by name.
bool Outbox::Takes(fleet::NoteKind kind) const {
  if (!kinds_.empty()) return kinds_.contains(std::string(fleet::NoteKindName(kind)));
  return kind != fleet::NoteKind::kViewPublished && kind != fleet::NoteKind::kCommandAnswered &&
         kind != fleet::NoteKind::kDiagnostic;
}

bool Outbox::Offer(const controller::RecordedEvent& event) {
  if (!Takes(event.note.kind)) return false;
  if (events_.size() >= events_max_) {
    events_.erase(events_.begin() + (is_sending_ ? 1 : 0));
    ++dropped_;
  }
  events_.push_back(event);
  return true;
}

std::optional<controller::RecordedEvent> Outbox::Begin() {
  if (events_.empty()) return std::nullopt;
  is_sending_ = true;
  return events_.front();
}

void Outbox::Done() {
  events_.pop_front();
  is_sending_ = false;
}

}  // namespace fairlead::webhook
