// Outbox: the events that wait for one webhook. No I/O.
//
// Why the oldest goes: who comes back after an hour of a dead server wants to know what is now; the
// journal has the rest, and the count says that there is a rest.
// Threads: none; one owner at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "controller/control.h"

namespace fairlead::webhook {

// Some minutes of a storm, at about a KiB each.
inline constexpr std::size_t kOutboxMax = 1'000;

class Outbox {
 public:
  // `kinds`: the words of spec/event_words.h that are taken; empty = transitions and acts.
  explicit Outbox(std::set<std::string> kinds, std::size_t events_max = kOutboxMax)
      : kinds_(std::move(kinds)), events_max_(events_max) {}

  // True when the event is for this webhook. The oldest may go for it, unless that is the one that
  // is being sent.
  bool Offer(const controller::RecordedEvent& event);

  // The oldest one, which stays until Done.
  std::optional<controller::RecordedEvent> Begin();
  void Done();

  std::size_t waiting() const { return events_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool Takes(fleet::NoteKind kind) const;

  const std::set<std::string> kinds_;
  const std::size_t events_max_;
  std::deque<controller::RecordedEvent> events_;
  bool is_sending_ = false;  // the front is
  std::uint64_t dropped_ = 0;
};

}  // namespace fairlead::webhook
