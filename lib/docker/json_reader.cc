#include "docker/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "docker/limits.h"

namespace fairlead::docker {
namespace {

// What nlohmann's parser tells, to a value without what nobody wants.
class Keeper {
 public:
  explicit Keeper(std::span<const Wanted> wanted) : wanted_(wanted) {}

  bool is_too_deep() const { return is_too_deep_; }
  Json Take() { return std::move(root_); }

  // The parser's interface; false ends the parsing.
  bool null() { return Keep(nullptr); }
  bool boolean(bool value) { return Keep(value); }
  bool number_integer(Json::number_integer_t value) { return Keep(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return Keep(value); }
  bool number_float(Json::number_float_t value, const std::string& /*text*/) { return Keep(value); }
  bool string(std::string& value) { return Keep(std::move(value)); }
  bool binary(Json::binary_t& /*value*/) { return false; }  // not in a text
  bool start_object(std::size_t /*size*/) { return Open(Json::value_t::object); }
  bool start_array(std::size_t /*size*/) { return Open(Json::value_t::array); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(std::string& key);
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const Json::exception&) {
    return false;
  }

 private:
  // An object or list that is not at its end yet.
  struct Level {
    Json* value = nullptr;
    std::span<const Wanted> wanted;
    Json* member = nullptr;  // of an object: where the next value goes; null: nobody wants it
    std::span<const Wanted> wanted_of_member = {};
  };

  // Where the next value goes; null when nobody wants it.
  Json* Place();
  bool Open(Json::value_t kind);
  bool Close();
  template <class T>
  bool Keep(T&& value) {
    if (Json* const place = Place()) *place = std::forward<T>(value);
    return true;
  }

  const std::span<const Wanted> wanted_;
  Json root_;
  std::vector<Level> levels_;
  int unwanted_levels_ = 0;  // open ones inside of what nobody wants
  bool is_too_deep_ = false;
};

Json* Keeper::Place() {
  if (unwanted_levels_ > 0) return nullptr;
  if (levels_.empty()) return &root_;
  const Level& level = levels_.back();
  if (!level.value->is_array()) return level.member;
  level.value->push_back(nullptr);
  return &level.value->back();
}

bool Keeper::Open(Json::value_t kind) {
  if (static_cast<int>(levels_.size()) + unwanted_levels_ == kJsonDepthMax) {
    is_too_deep_ = true;
    return false;
  }
  Json* const place = Place();
  if (place == nullptr) {
    ++unwanted_levels_;
    return true;
  }
  *place = Json(kind);
  std::span<const Wanted> wanted = wanted_;
  if (!levels_.empty()) {
    const Level& parent = levels_.back();
    wanted = parent.value->is_array() ? parent.wanted : parent.wanted_of_member;
  }
  levels_.push_back({.value = place, .wanted = wanted});
  return true;
}

bool Keeper::Close() {
  if (unwanted_levels_ > 0) {
    --unwanted_levels_;
  } else {
    levels_.pop_back();
  }
  return true;
}

bool Keeper::key(std::string& key) {
  if (unwanted_levels_ > 0) return true;
  Level& level = levels_.back();
  const auto wanted = std::ranges::find_if(
      level.wanted, [&](const Wanted& each) { return each.key.empty() || each.key == key; });
  const bool is_named = wanted != level.wanted.end();
  const bool is_wanted = is_named || level.wanted.empty();
  level.member = is_wanted ? &(*level.value)[std::move(key)] : nullptr;
  level.wanted_of_member = is_named ? wanted->inside : std::span<const Wanted>();
  return true;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what,
                       std::span<const Wanted> wanted) {
  Keeper keeper(wanted);
  if (Json::sax_parse(text, &keeper)) return keeper.Take();
  if (keeper.is_too_deep()) {
    return Fail(Code::kDataLoss,
                fmt::format("read {}: JSON deeper than {} levels", what, kJsonDepthMax));
  }
  return Fail(Code::kDataLoss, fmt::format("read {}: not valid JSON", what));
}

const Json& Member(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string TextMember(const Json& object, const char* key) {
  const Json& member = Member(object, key);
  return member.is_string() ? member.get_ref<const std::string&>() : std::string();
}

bool BoolMember(const Json& object, const char* key) {
  const Json& member = Member(object, key);
  return member.is_boolean() && member.get<bool>();
}

std::int64_t NumberMember(const Json& object, const char* key, std::int64_t otherwise,
                          std::int64_t low, std::int64_t high) {
  const Json& member = Member(object, key);
  if (!member.is_number_integer()) return otherwise;
  // Above int64 a number is kept unsigned, and its conversion would wrap.
  if (member.is_number_unsigned() &&
      member.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return otherwise;
  }
  const auto value = member.get<std::int64_t>();
  return value < low || value > high ? otherwise : value;
}

}  // namespace fairlead::docker
