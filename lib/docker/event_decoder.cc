#include "docker/event_decoder.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "docker/json_reader.h"
#include "docker/limits.h"

namespace fairlead::docker {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr char kRecordSeparator = '\x1e';
constexpr std::size_t kWordBytesMax = 64;  // the longest real action has 13 letters

// "health_status: healthy" -> "health_status". What follows a colon may be a whole command line
// with secrets in it, so it never leaves this file.
std::string ActionWord(std::string action) {
  action.resize(std::min(action.find(':'), action.size()));
  while (action.ends_with(' ')) action.pop_back();
  if (action == "died") return "die";  // Podman's own word, seen where its rewriting does not reach
  return action;
}

std::int64_t EventTime(const Json& record) {
  const std::int64_t nanoseconds = NumberMember(record, "timeNano", 0, 0);
  if (nanoseconds > 0) return nanoseconds;
  const std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / kNanosecondsPerSecond;
  return NumberMember(record, "time", 0, 0, seconds_max) * kNanosecondsPerSecond;
}

// API 1.52 dropped the top-level status and id that old engines wrote beside Action and Actor.
std::string Either(std::string first, const Json& record, const char* legacy) {
  return first.empty() ? TextMember(record, legacy) : std::move(first);
}

// Nothing when the record says nothing that could be of use.
std::optional<EngineEvent> ReadEvent(const Json& record) {
  const Json& actor = Member(record, "Actor");
  const Json& attributes = Member(actor, "Attributes");
  EngineEvent event;
  event.type = TextMember(record, "Type");
  event.action = ActionWord(Either(TextMember(record, "Action"), record, "status"));
  event.actor_id = Either(TextMember(actor, "ID"), record, "id");
  event.time_ns = EventTime(record);
  if (event.action == "kill") event.signal = TextMember(attributes, "signal");
  if (event.type == "network") event.network_container_id = TextMember(attributes, "container");
  for (const std::string* word : {&event.type, &event.action, &event.signal}) {
    if (word->size() > kWordBytesMax) return std::nullopt;
  }
  if (event.type.empty() || event.action.empty() || event.actor_id.empty()) return std::nullopt;
  return event;
}

}  // namespace

EventDecoder::EventDecoder(std::size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}

bool EventDecoder::Take(char c) {
  switch (place_) {
    case Place::kBetween:
      if (c == '{') {
        place_ = Place::kRecord;
        depth_ = 1;
        return true;
      }
      return c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == kRecordSeparator;
    case Place::kRecord:
      if (c == '"') place_ = Place::kString;
      if (c == '{' || c == '[') ++depth_;
      if (c == '}' || c == ']') --depth_;
      // A container's labels cannot nest anything, so depth is never one container's fault.
      return c != kRecordSeparator && depth_ <= kJsonDepthMax;
    case Place::kString:
      if (c == '"') place_ = Place::kRecord;
      if (c == '\\') place_ = Place::kEscape;
      break;
    case Place::kEscape:
      place_ = Place::kString;
      break;
  }
  // JSON text has no raw control bytes: this string lost its end, and so did the stream.
  return static_cast<unsigned char>(c) >= 0x20;
}

Result<> EventDecoder::Feed(std::string_view bytes,
                            const std::function<void(EngineEvent)>& on_event) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool was_between = place_ == Place::kBetween;
    if (!Take(bytes[i])) return Fail(Code::kDataLoss, "read engine events: not an event stream");
    if (place_ == Place::kBetween) continue;
    if (was_between) from = i;
    if (depth_ > 0) continue;
    if (record_.size() + (i + 1 - from) > event_bytes_max_) is_too_long_ = true;
    if (!is_too_long_) record_.append(bytes.substr(from, i + 1 - from));
    if (auto done = Finish(on_event); !done) return done;
  }
  if (place_ == Place::kBetween) return {};
  // The rest of this piece belongs to a record that is still open.
  if (record_.size() + (bytes.size() - from) > event_bytes_max_) is_too_long_ = true;
  if (is_too_long_) {
    record_ = std::string();  // gives the memory back
  } else {
    record_.append(bytes.substr(from));
  }
  return {};
}

Result<> EventDecoder::Finish(const std::function<void(EngineEvent)>& on_event) {
  place_ = Place::kBetween;
  const std::string record = std::exchange(record_, {});
  if (std::exchange(is_too_long_, false)) {
    ++skipped_;
    return {};
  }
  const auto json = ParseJson(record, "engine event");
  if (!json) return std::unexpected(json.error());
  auto event = ReadEvent(*json);
  if (!event) {
    ++skipped_;
    return {};
  }
  if (!event->action.starts_with("exec_")) on_event(std::move(*event));
  return {};
}

}  // namespace fairlead::docker
