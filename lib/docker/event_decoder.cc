#include "docker/event_decoder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
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

// What of a record is of use. A field that is absent, of a wrong type or out of range is empty or
// 0; of a repeated one the last counts.
struct Fields {
  std::string type;
  std::string action;
  std::string status;  // what old engines wrote beside Action and Actor, gone from API 1.52 on
  std::string id;
  std::string actor_id;
  std::string signal;
  std::string container;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
};

// Picks the fields out of a record as it is parsed. Why not a tree: a record is mostly the
// container's labels, and a storm of events would spend its time on making and dropping them.
class FieldPicker final : public nlohmann::json_sax<Json> {
 public:
  const Fields& fields() const { return fields_; }

  bool null() override { return Absent(); }
  bool boolean(bool) override { return Absent(); }
  bool number_float(double, const std::string&) override { return Absent(); }
  bool binary(Json::binary_t&) override { return Absent(); }
  bool number_integer(std::int64_t value) override {
    Absent();
    if (number_ != nullptr) *number_ = std::max<std::int64_t>(value, 0);
    return true;
  }
  bool number_unsigned(std::uint64_t value) override {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    return value > kMost ? Absent() : number_integer(static_cast<std::int64_t>(value));
  }
  bool string(std::string& value) override {
    Absent();
    if (text_ != nullptr) *text_ = std::move(value);
    return true;
  }

  bool key(std::string& name) override {
    text_ = nullptr;
    number_ = nullptr;
    inner_ = Place::kElsewhere;
    if (Here() == Place::kRecord) PickInRecord(name);
    if (Here() == Place::kActor) {
      if (name == "ID") text_ = &fields_.actor_id;
      if (name == "Attributes") inner_ = Place::kAttributes;
    }
    if (Here() == Place::kAttributes) {
      if (name == "signal") text_ = &fields_.signal;
      if (name == "container") text_ = &fields_.container;
    }
    return true;
  }

  bool start_object(std::size_t) override {
    const Place place = depth_ == 0 ? Place::kRecord : inner_;
    Absent();
    return Enter(place);
  }
  bool start_array(std::size_t) override {
    Absent();
    return Enter(Place::kElsewhere);
  }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }

 private:
  enum class Place { kElsewhere, kRecord, kActor, kAttributes };

  void PickInRecord(std::string_view name) {
    if (name == "Type") text_ = &fields_.type;
    if (name == "Action") text_ = &fields_.action;
    if (name == "status") text_ = &fields_.status;
    if (name == "id") text_ = &fields_.id;
    if (name == "time") number_ = &fields_.seconds;
    if (name == "timeNano") number_ = &fields_.nanoseconds;
    if (name == "Actor") inner_ = Place::kActor;
  }

  // The key's value takes the place of what an equal key had, whatever its type is.
  bool Absent() {
    if (text_ != nullptr) text_->clear();
    if (number_ != nullptr) *number_ = 0;
    if (inner_ == Place::kActor) fields_.actor_id.clear();
    if (inner_ != Place::kElsewhere) fields_.signal.clear();
    if (inner_ != Place::kElsewhere) fields_.container.clear();
    return true;
  }

  Place Here() const { return depth_ == 0 ? Place::kElsewhere : places_[depth_ - 1]; }
  bool Enter(Place place) {
    if (depth_ == places_.size()) return false;
    places_[depth_++] = place;
    inner_ = Place::kElsewhere;
    text_ = nullptr;
    number_ = nullptr;
    return true;
  }
  bool Leave() {
    --depth_;
    return true;
  }

  Fields fields_;
  // Where the value of the last key goes; null: nowhere.
  std::string* text_ = nullptr;
  std::int64_t* number_ = nullptr;
  Place inner_ = Place::kElsewhere;  // what its value is, if that is an object
  std::array<Place, kJsonDepthMax + 1> places_{};
  std::size_t depth_ = 0;
};

std::int64_t EventTime(const Fields& fields) {
  if (fields.nanoseconds > 0) return fields.nanoseconds;
  const std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / kNanosecondsPerSecond;
  return fields.seconds > seconds_max ? 0 : fields.seconds * kNanosecondsPerSecond;
}

// Nothing when the record says nothing that could be of use.
std::optional<EngineEvent> ReadEvent(const Fields& fields) {
  EngineEvent event;
  event.type = fields.type;
  event.action = ActionWord(fields.action.empty() ? fields.status : fields.action);
  event.actor_id = fields.actor_id.empty() ? fields.id : fields.actor_id;
  event.time_ns = EventTime(fields);
  if (event.action == "kill") event.signal = fields.signal;
  if (event.type == "network") event.network_container_id = fields.container;
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
  FieldPicker picker;
  if (!Json::sax_parse(record, &picker))
    return Fail(Code::kDataLoss, "read engine event: not valid JSON");
  auto event = ReadEvent(picker.fields());
  if (!event) {
    ++skipped_;
    return {};
  }
  if (!event->action.starts_with("exec_")) on_event(std::move(*event));
  return {};
}

}  // namespace fairlead::docker
