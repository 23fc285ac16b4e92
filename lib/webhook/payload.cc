#include "webhook/payload.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace fairlead::webhook {
namespace {

// Longer than any sentence that helps; bounds a request.
constexpr std::size_t kTextBytesMax = 1024;

std::string Shown(std::string_view text) {
  return Printable(text, kTextBytesMax);
}

}  // namespace

std::string TimeText(runtime::WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch());
  const auto left = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch() - seconds);
  const std::time_t whole = seconds.count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole), left.count());
}

std::string PayloadOf(const controller::RecordedEvent& event, std::string_view host) {
  const fleet::Note& note = event.note;
  const bool has_service = !note.service.service.empty();
  const nlohmann::ordered_json payload = {
      {"version", 1},
      {"host", Shown(host)},
      {"id", event.id},
      {"time", TimeText(event.at)},
      {"kind", fleet::NoteKindName(note.kind)},
      {"project", has_service ? Shown(note.service.project) : ""},
      {"service", has_service ? Shown(note.service.service) : ""},
      {"replica", Shown(note.replica)},
      {"container", Shown(note.container.value)},
      {"code", Shown(note.code)},
      {"text", Shown(note.text)},
      {"actor", Shown(note.actor)},
      {"cause", Shown(note.cause)},
      {"outcome", Shown(note.outcome)},
      {"evidence", Shown(note.evidence)},
  };
  // Everything is valid UTF-8 by now; the handler is for the day when that is not so.
  return payload.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace fairlead::webhook
