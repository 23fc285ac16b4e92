#include "docker/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "docker/limits.h"

namespace fairlead::docker {
namespace {

namespace json = boost::json;
using boost::system::error_code;

// What the tokenizer tells, to a value without what nobody wants. Its names are Boost.JSON's: texts
// come in parts where escapes are in them, `size` being that of all so far; false, with an error
// set, ends the parsing.
class Keeper {
 public:
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();

  explicit Keeper(std::span<const Wanted> wanted) : wanted_(wanted) {}

  Json Take() { return std::move(root_); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return Open(Json::value_t::object); }
  bool on_object_end(std::size_t /*size*/, error_code&) { return Close(); }
  bool on_array_begin(error_code&) { return Open(Json::value_t::array); }
  bool on_array_end(std::size_t /*size*/, error_code&) { return Close(); }
  bool on_key_part(json::string_view part, std::size_t /*size*/, error_code&) { return Add(part); }
  bool on_key(json::string_view rest, std::size_t size, error_code&);
  bool on_string_part(json::string_view part, std::size_t /*size*/, error_code&) {
    return Add(part);
  }
  bool on_string(json::string_view rest, std::size_t size, error_code&);
  bool on_number_part(json::string_view /*part*/, error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view /*text*/, error_code&) { return Keep(value); }
  bool on_uint64(std::uint64_t value, json::string_view /*text*/, error_code&) {
    return Keep(value);
  }
  bool on_double(double value, json::string_view /*text*/, error_code& error) {
    if (std::isfinite(value)) return Keep(value);
    error = json::error::exponent_overflow;
    return false;
  }
  bool on_bool(bool value, error_code&) { return Keep(value); }
  bool on_null(error_code&) { return Keep(nullptr); }
  // Comments are not allowed for.
  bool on_comment_part(json::string_view /*part*/, error_code&) { return true; }
  bool on_comment(json::string_view /*rest*/, error_code&) { return true; }

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
  bool Add(json::string_view part);
  // The whole of a text of `size` bytes of which `rest` is the last part.
  std::string_view Whole(json::string_view rest, std::size_t size);
  template <class T>
  bool Keep(T&& value) {
    if (Json* const place = Place()) *place = std::forward<T>(value);
    return true;
  }

  const std::span<const Wanted> wanted_;
  Json root_;
  std::vector<Level> levels_;
  int unwanted_levels_ = 0;  // open ones inside of what nobody wants
  std::string parts_;        // of the text that is not at its end yet
};

bool Keeper::Add(json::string_view part) {
  parts_.append(part.data(), part.size());
  return true;
}

std::string_view Keeper::Whole(json::string_view rest, std::size_t size) {
  if (rest.size() == size) return {rest.data(), rest.size()};
  parts_.append(rest.data(), rest.size());
  return parts_;
}

Json* Keeper::Place() {
  if (unwanted_levels_ > 0) return nullptr;
  if (levels_.empty()) return &root_;
  const Level& level = levels_.back();
  if (!level.value->is_array()) return level.member;
  level.value->push_back(nullptr);
  return &level.value->back();
}

bool Keeper::Open(Json::value_t kind) {
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

bool Keeper::on_key(json::string_view rest, std::size_t size, error_code&) {
  if (unwanted_levels_ == 0) {
    const std::string_view key = Whole(rest, size);
    Level& level = levels_.back();
    const auto wanted = std::ranges::find_if(
        level.wanted, [&](const Wanted& each) { return each.key.empty() || each.key == key; });
    const bool is_named = wanted != level.wanted.end();
    const bool is_wanted = is_named || level.wanted.empty();
    level.member = is_wanted ? &(*level.value)[std::string(key)] : nullptr;
    level.wanted_of_member = is_named ? wanted->inside : std::span<const Wanted>();
  }
  parts_.clear();
  return true;
}

bool Keeper::on_string(json::string_view rest, std::size_t size, error_code&) {
  if (Json* const place = Place()) *place = std::string(Whole(rest, size));
  parts_.clear();
  return true;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what,
                       std::span<const Wanted> wanted) {
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  json::basic_parser<Keeper> parser(options, wanted);
  error_code error;
  const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
  if (!error && taken == text.size()) return parser.handler().Take();
  if (error == json::error::too_deep) {
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
