#include "transcode/fill.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/text.h"
#include "transcode/known_text.h"

namespace fairlead::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

std::unexpected<Error> Wrong(const FieldDescriptor& field, std::string_view why) {
  std::unexpected<Error> wrong =
      Fail(Code::kInvalidArgument, "read " + Printable(field.name()) + ": " + std::string(why));
  wrong.error().subject = Printable(field.name());
  return wrong;
}

const FieldDescriptor& Numbered(const Message& message, int number) {
  return *message.GetDescriptor()->FindFieldByNumber(number);
}

const FieldDescriptor* FieldNamed(const Descriptor& type, const std::string& name) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name || type.field(i)->name() == name) return type.field(i);
  }
  return nullptr;
}

bool TakesNull(const FieldDescriptor& field) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
    return field.enum_type()->full_name() == "google.protobuf.NullValue";
  return field.message_type() != nullptr &&
         field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_VALUE;
}

template <class Number>
std::optional<Number> NumberIn(std::string_view text, Source source) {
  if (source == Source::kQuery && text.starts_with('+')) text.remove_prefix(1);
  // What is a number in no JSON: blanks, and words but for those of proto3, which stand apart.
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const bool begins_well =
      first < text.size() && ((text[first] >= '0' && text[first] <= '9') ||
                              (source == Source::kQuery && text[first] == '.'));
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!begins_well || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// 5, "5", and in a body 5.0 and 5e0, too.
template <class Integer>
std::optional<Integer> IntegerOf(const json& value, Source source) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return std::in_range<Integer>(number) ? std::optional(static_cast<Integer>(number))
                                          : std::nullopt;
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    return std::in_range<Integer>(number) ? std::optional(static_cast<Integer>(number))
                                          : std::nullopt;
  }
  std::optional<double> real;
  if (value.is_number_float()) real = value.get<double>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (const auto number = NumberIn<Integer>(text, source)) return number;
    if (source == Source::kBody) real = NumberIn<double>(text, source);
  }
  // Doubles below 2^63 in size, so that the cast is good.
  if (!real || std::trunc(*real) != *real || std::abs(*real) >= 9.2e18) return std::nullopt;
  const auto number = static_cast<std::int64_t>(*real);
  return std::in_range<Integer>(number) ? std::optional(static_cast<Integer>(number))
                                        : std::nullopt;
}

template <class Real>
std::optional<Real> RealOf(const json& value, Source source) {
  std::optional<double> real;
  if (value.is_number()) real = value.get<double>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text == "NaN") return std::numeric_limits<Real>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<Real>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<Real>::infinity();
    real = NumberIn<double>(text, source);
  }
  if (!real) return std::nullopt;
  const bool fits = !std::isfinite(*real) || std::abs(*real) <= std::numeric_limits<Real>::max();
  return fits ? std::optional(static_cast<Real>(*real)) : std::nullopt;
}

class Filler {
 public:
  explicit Filler(Source source) : source_(source) {}

  // `of`: the field that has the message, for what is told of errors; null for the outermost.
  Result<> FillMessage(const json& value, Message& message, const FieldDescriptor* of) {
    if (message.GetDescriptor()->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED)
      return FillWellKnown(value, message, of);
    if (!value.is_object())
      return of != nullptr ? Wrong(*of, "it is an object in JSON")
                           : Fail(Code::kInvalidArgument, "read the body: it is no JSON object");
    return FillFields(value, message);
  }

  Result<> FillField(const json& value, const FieldDescriptor& field, Message& message) {
    if (!field.is_repeated()) return FillValue(value, field, message, false);
    if (field.is_map()) return FillMap(value, field, message);
    if (!value.is_array()) return Wrong(field, "it is a list in JSON");
    for (const json& one : value) {
      if (one.is_null() && !TakesNull(field)) return Wrong(field, "null is no value of a list");
      if (Result<> filled = FillValue(one, field, message, true); !filled) return filled;
    }
    return {};
  }

 private:
  Result<> FillFields(const json& value, Message& message) {
    std::set<const FieldDescriptor*> seen;
    for (const auto& [key, one] : value.items()) {
      const FieldDescriptor* field = FieldNamed(*message.GetDescriptor(), key);
      if (field == nullptr) continue;
      if (!seen.insert(field).second) return Wrong(*field, "it is given twice; send it once");
      if (one.is_null() && !TakesNull(*field)) continue;
      const auto* oneof = field->real_containing_oneof();
      if (oneof != nullptr && message.GetReflection()->HasOneof(message, oneof))
        return Wrong(*field, "another of " + Printable(oneof->name()) + " is given, too; send one");
      if (Result<> filled = FillField(one, *field, message); !filled) return filled;
    }
    return {};
  }

  Result<> FillMap(const json& value, const FieldDescriptor& field, Message& message) {
    if (!value.is_object()) return Wrong(field, "it is an object in JSON");
    const FieldDescriptor& of_value = *field.message_type()->map_value();
    for (const auto& [key, one] : value.items()) {
      if (one.is_null() && !TakesNull(of_value)) return Wrong(field, "null is no value of a map");
      const bool is_unknown = IsUnknownName(one, of_value);
      if (is_unknown) continue;
      Message& entry = *message.GetReflection()->AddMessage(&message, &field);
      if (Result<> filled = FillKey(key, field, entry); !filled) return filled;
      if (Result<> filled = FillValue(one, of_value, entry, false); !filled) return filled;
    }
    return {};
  }

  Result<> FillKey(const std::string& key, const FieldDescriptor& field, Message& entry) {
    const FieldDescriptor& of_key = *field.message_type()->map_key();
    if (of_key.cpp_type() != FieldDescriptor::CPPTYPE_BOOL)
      return FillValue(key, of_key, entry, false);
    if (key != "true" && key != "false") return Wrong(field, "a key is neither true nor false");
    return FillValue(key == "true", of_key, entry, false);
  }

  // One value, of a list's end where `is_added`.
  Result<> FillValue(const json& value, const FieldDescriptor& field, Message& message,
                     bool is_added) {
    const Reflection& reflection = *message.GetReflection();
    const auto put = [&](auto number, auto set, auto add, std::string_view why) -> Result<> {
      if (!number) return Wrong(field, why);
      if (is_added) {
        (reflection.*add)(&message, &field, *number);
      } else {
        (reflection.*set)(&message, &field, *number);
      }
      return {};
    };
    constexpr std::string_view kInteger = "it is an integer in its range";
    constexpr std::string_view kReal = "it is a number in its range, or NaN, Infinity, -Infinity";
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return put(IntegerOf<std::int32_t>(value, source_), &Reflection::SetInt32,
                   &Reflection::AddInt32, kInteger);
      case FieldDescriptor::CPPTYPE_UINT32:
        return put(IntegerOf<std::uint32_t>(value, source_), &Reflection::SetUInt32,
                   &Reflection::AddUInt32, kInteger);
      case FieldDescriptor::CPPTYPE_INT64:
        return put(IntegerOf<std::int64_t>(value, source_), &Reflection::SetInt64,
                   &Reflection::AddInt64, kInteger);
      case FieldDescriptor::CPPTYPE_UINT64:
        return put(IntegerOf<std::uint64_t>(value, source_), &Reflection::SetUInt64,
                   &Reflection::AddUInt64, kInteger);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return put(RealOf<float>(value, source_), &Reflection::SetFloat, &Reflection::AddFloat,
                   kReal);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return put(RealOf<double>(value, source_), &Reflection::SetDouble, &Reflection::AddDouble,
                   kReal);
      case FieldDescriptor::CPPTYPE_BOOL:
        return put(value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt,
                   &Reflection::SetBool, &Reflection::AddBool, "it is true or false");
      case FieldDescriptor::CPPTYPE_STRING:
        return put(TextOf(value, field), &Reflection::SetString, &Reflection::AddString,
                   field.type() == FieldDescriptor::TYPE_BYTES ? "it is a text of base64"
                                                               : "it is a text");
      case FieldDescriptor::CPPTYPE_ENUM:
        if (IsUnknownName(value, field)) return {};
        return put(EnumOf(value, field), &Reflection::SetEnumValue, &Reflection::AddEnumValue,
                   "it is no value of " + Printable(field.enum_type()->name()));
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return FillMessage(value,
                           is_added ? *reflection.AddMessage(&message, &field)
                                    : *reflection.MutableMessage(&message, &field),
                           &field);
    }
    return {};
  }

  static std::optional<std::string> TextOf(const json& value, const FieldDescriptor& field) {
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    return field.type() == FieldDescriptor::TYPE_BYTES ? FromBase64(text) : std::optional(text);
  }

  bool IsUnknownName(const json& value, const FieldDescriptor& field) const {
    return source_ == Source::kBody && field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM &&
           value.is_string() &&
           field.enum_type()->FindValueByName(value.get_ref<const std::string&>()) == nullptr;
  }

  std::optional<int> EnumOf(const json& value, const FieldDescriptor& field) const {
    if (value.is_null()) return 0;
    if (value.is_string()) {
      const auto* named = field.enum_type()->FindValueByName(value.get_ref<const std::string&>());
      if (named != nullptr) return named->number();
    }
    const std::optional<int> number = IntegerOf<std::int32_t>(value, source_);
    const bool is_own = number && field.enum_type()->FindValueByNumber(*number) != nullptr;
    return source_ == Source::kBody || is_own ? number : std::nullopt;
  }

  Result<> FillWellKnown(const json& value, Message& message, const FieldDescriptor* of) {
    // The outermost has a name of its own.
    const FieldDescriptor& field = of != nullptr ? *of : Numbered(message, 1);
    const auto type = message.GetDescriptor()->well_known_type();
    // "timestamp.seconds=5": a query may say what is inside.
    const bool is_inside = source_ == Source::kQuery && value.is_object() &&
                           type != Descriptor::WELLKNOWNTYPE_STRUCT &&
                           type != Descriptor::WELLKNOWNTYPE_VALUE;
    if (is_inside) return FillFields(value, message);
    switch (type) {
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      case Descriptor::WELLKNOWNTYPE_DURATION:
        return FillTime(value, message, field);
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return FillMask(value, message, field);
      case Descriptor::WELLKNOWNTYPE_ANY:
        return FillAny(value, message, field);
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return FillField(value, FieldFor(value, message), message);
      case Descriptor::WELLKNOWNTYPE_STRUCT:
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        if (Result<> filled = FillField(value, Numbered(message, 1), message); !filled)
          return Wrong(field, type == Descriptor::WELLKNOWNTYPE_STRUCT ? "it is an object in JSON"
                                                                       : "it is a list in JSON");
        return {};
      default:  // wrappers
        if (Result<> filled = FillField(value, Numbered(message, 1), message); !filled) {
          const std::string& why = filled.error().message;
          return Wrong(field, why.substr(why.rfind(": ") + 2));
        }
        return {};
    }
  }

  // The member of google.protobuf.Value that is for it.
  static const FieldDescriptor& FieldFor(const json& value, const Message& message) {
    if (value.is_null()) return Numbered(message, 1);
    if (value.is_number()) return Numbered(message, 2);
    if (value.is_string()) return Numbered(message, 3);
    if (value.is_boolean()) return Numbered(message, 4);
    return Numbered(message, value.is_object() ? 5 : 6);
  }

  Result<> FillTime(const json& value, Message& message, const FieldDescriptor& field) const {
    const bool is_duration =
        message.GetDescriptor()->well_known_type() == Descriptor::WELLKNOWNTYPE_DURATION;
    std::optional<KnownTime> time;
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      time = is_duration ? ReadDuration(text) : ReadTimestamp(text);
      if (!time && is_duration && source_ == Source::kQuery) time = ReadGoDuration(text);
    }
    if (!time)
      return Wrong(field, is_duration ? "it is a duration, such as 1.5s"
                                      : "it is a time, such as 2026-01-31T12:00:00Z");
    const Reflection& reflection = *message.GetReflection();
    reflection.SetInt64(&message, &Numbered(message, 1), time->seconds);
    reflection.SetInt32(&message, &Numbered(message, 2), time->nanos);
    return {};
  }

  Result<> FillMask(const json& value, Message& message, const FieldDescriptor& field) const {
    if (!value.is_string()) return Wrong(field, "it is a text, names with commas between them");
    std::string_view rest = value.get_ref<const std::string&>();
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      const std::string path(rest.substr(0, comma));
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
      const bool is_json = source_ == Source::kBody;
      if (is_json && path.find('_') != std::string::npos)
        return Wrong(field, "its names are those of JSON, longName for long_name");
      message.GetReflection()->AddString(&message, &Numbered(message, 1),
                                         is_json ? SnakeCase(path) : path);
    }
    return {};
  }

  Result<> FillAny(const json& value, Message& message, const FieldDescriptor& field) {
    if (!value.is_object()) return Wrong(field, "it is an object in JSON");
    const auto url = value.find("@type");
    if (url == value.end()) return {};
    if (!url->is_string()) return Wrong(field, "its @type is a text");
    const std::string text = url->get<std::string>();
    const auto* type = message.GetDescriptor()->file()->pool()->FindMessageTypeByName(
        text.substr(text.rfind('/') + 1));
    if (type == nullptr) return Wrong(field, "its @type is none of the service's");
    const std::unique_ptr<Message> inside(
        message.GetReflection()->GetMessageFactory()->GetPrototype(type)->New());
    Result<> filled;
    if (type->well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
      filled = FillFields(value, *inside);  // there is no field of the name @type
    } else if (const auto known = value.find("value"); known != value.end()) {
      filled = FillMessage(*known, *inside, &field);
    } else {
      filled = Wrong(field, "it has no value");
    }
    if (!filled) return filled;
    const Reflection& reflection = *message.GetReflection();
    reflection.SetString(&message, &Numbered(message, 1), text);
    reflection.SetString(&message, &Numbered(message, 2), inside->SerializeAsString());
    return {};
  }

  const Source source_;
};

}  // namespace

Result<> Fill(const json& value, Source source, Message& message) {
  return Filler(source).FillMessage(value, message, nullptr);
}

Result<> FillField(const json& value, Source source, const FieldDescriptor& field,
                   Message& message) {
  return Filler(source).FillField(value, field, message);
}

}  // namespace fairlead::transcode
