#include "transcode/tell.h"

#include <google/protobuf/dynamic_message.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/base64.h"
#include "base/utf8.h"
#include "transcode/known_text.h"

namespace fairlead::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A message that was parsed nests 100 deep at most, but an Any is parsed anew.
constexpr int kDepthMax = 200;

// One value of a field: the only one, or the one at `at` of a list.
struct Value {
  const Message& message;
  const FieldDescriptor& field;
  int at = -1;  // not of a list

  template <class One, class Of>
  auto Get(One one, Of of) const {
    const Reflection& reflection = *message.GetReflection();
    return at < 0 ? (reflection.*one)(message, &field) : (reflection.*of)(message, &field, at);
  }
  std::int64_t Int() const {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32)
      return Get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32);
    return Get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64);
  }
  std::uint64_t Uint() const {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32)
      return Get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
    return Get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
  }
  std::string Text() const { return Get(&Reflection::GetString, &Reflection::GetRepeatedString); }
  const Message& Inside() const {
    const Reflection& reflection = *message.GetReflection();
    return at < 0 ? reflection.GetMessage(message, &field)
                  : reflection.GetRepeatedMessage(message, &field, at);
  }
};

const FieldDescriptor& Numbered(const Message& message, int number) {
  return *message.GetDescriptor()->FindFieldByNumber(number);
}

class Teller {
 public:
  std::string Take() && { return std::move(out_); }

  void TellMessage(const Message& message) {
    if (++depth_ > kDepthMax) {
      out_ += "null";
    } else if (message.GetDescriptor()->well_known_type() ==
               Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
      out_ += '{';
      TellFields(message);
      out_ += '}';
    } else {
      TellWellKnown(message);
    }
    --depth_;
  }

  // A whole field, with all of its values. `is_bare`: numbers stay numbers.
  void TellField(const Message& message, const FieldDescriptor& field, bool is_bare) {
    if (!field.is_repeated()) return TellValue({message, field}, is_bare);
    const int size = message.GetReflection()->FieldSize(message, &field);
    out_ += field.is_map() ? '{' : '[';
    for (int i = 0; i < size; ++i) {
      if (i > 0) out_ += ',';
      const Value value{message, field, i};
      if (field.is_map()) {
        TellEntry(value.Inside(), is_bare);
      } else {
        TellValue(value, is_bare);
      }
    }
    out_ += field.is_map() ? '}' : ']';
  }

 private:
  void TellFields(const Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    bool is_first = true;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const bool is_set =
          !field.has_presence() || message.GetReflection()->HasField(message, &field);
      if (!is_set && field.containing_oneof() != nullptr) continue;
      if (!is_first) out_ += ',';
      is_first = false;
      TellText(field.json_name());
      out_ += ':';
      if (is_set) {
        TellField(message, field, false);
      } else {
        out_ += "null";
      }
    }
  }

  void TellEntry(const Message& entry, bool is_bare) {
    const FieldDescriptor& key = Numbered(entry, 1);
    if (key.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      TellValue({entry, key}, false);
    } else {
      out_ += '"';
      TellValue({entry, key}, true);
      out_ += '"';
    }
    out_ += ':';
    TellValue({entry, Numbered(entry, 2)}, is_bare);
  }

  void TellValue(const Value& value, bool is_bare) {
    switch (value.field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += value.Get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        return TellNumber(value.Int());
      case FieldDescriptor::CPPTYPE_UINT32:
        return TellNumber(value.Uint());
      case FieldDescriptor::CPPTYPE_INT64:
        return TellLong(value.Int(), is_bare);
      case FieldDescriptor::CPPTYPE_UINT64:
        return TellLong(value.Uint(), is_bare);
      case FieldDescriptor::CPPTYPE_FLOAT:
        return TellReal(value.Get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return TellReal(value.Get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
      case FieldDescriptor::CPPTYPE_STRING:
        return value.field.type() == FieldDescriptor::TYPE_BYTES ? TellBytes(value.Text())
                                                                 : TellText(value.Text());
      case FieldDescriptor::CPPTYPE_ENUM:
        return TellEnum(value);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return TellMessage(value.Inside());
    }
  }

  void TellEnum(const Value& value) {
    const int number = value.Get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
    const auto& type = *value.field.enum_type();
    const auto* named = type.FindValueByNumber(number);
    if (type.full_name() == "google.protobuf.NullValue") {
      out_ += "null";
    } else if (named != nullptr) {
      TellText(named->name());
    } else {
      TellNumber(number);
    }
  }

  template <class Number>
  void TellNumber(Number number) {
    std::array<char, 40> text{};  // the longest double has 24
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    out_.append(text.data(), end);
  }
  template <class Number>
  void TellLong(Number number, bool is_bare) {
    if (!is_bare) out_ += '"';
    TellNumber(number);
    if (!is_bare) out_ += '"';
  }
  template <class Real>
  void TellReal(Real real) {
    if (std::isnan(real)) {
      out_ += "\"NaN\"";
    } else if (std::isinf(real)) {
      out_ += real > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
      TellNumber(real);
    }
  }

  void TellText(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += '"';
    while (!text.empty()) {
      const auto first = static_cast<unsigned char>(text.front());
      if (first == '"' || first == '\\') {
        out_ += '\\';
        out_ += text.front();
      } else if (first < 0x20) {
        out_ += "\\u00";
        out_ += kHex[first >> 4];
        out_ += kHex[first & 15];
      } else if (first < 0x80) {
        out_ += text.front();
      } else {
        const std::size_t size = Utf8Length(text);
        out_ += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
        continue;
      }
      text.remove_prefix(1);
    }
    out_ += '"';
  }

  void TellBytes(std::string_view bytes) {
    out_ += '"';
    out_ += ToBase64(bytes);
    out_ += '"';
  }

  void TellWellKnown(const Message& message) {
    switch (message.GetDescriptor()->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return TellTime(message, TimestampText);
      case Descriptor::WELLKNOWNTYPE_DURATION:
        return TellTime(message, DurationText);
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return TellMask(message);
      case Descriptor::WELLKNOWNTYPE_ANY:
        return TellAny(message);
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return TellOneOf(message);
      default:
        // Wrappers, lists and structs are what is in their only field.
        return TellField(message, Numbered(message, 1), false);
    }
  }

  void TellOneOf(const Message& message) {
    const auto* which = message.GetDescriptor()->oneof_decl(0);
    const auto* field = message.GetReflection()->GetOneofFieldDescriptor(message, which);
    if (field == nullptr) {
      out_ += "null";
    } else {
      TellField(message, *field, false);
    }
  }

  void TellTime(const Message& message, std::optional<std::string> (*text_of)(KnownTime)) {
    const auto text =
        text_of({.seconds = Value{message, Numbered(message, 1)}.Int(),
                 .nanos = static_cast<std::int32_t>(Value{message, Numbered(message, 2)}.Int())});
    if (text) {
      TellText(*text);
    } else {
      out_ += "null";
    }
  }

  void TellMask(const Message& message) {
    const FieldDescriptor& paths = Numbered(message, 1);
    std::string text;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, &paths); ++i)
      text += (i == 0 ? "" : ",") + CamelCase(Value{message, paths, i}.Text());
    TellText(text);
  }

  void TellAny(const Message& message) {
    const std::string url = Value{message, Numbered(message, 1)}.Text();
    const std::string bytes = Value{message, Numbered(message, 2)}.Text();
    if (url.empty() && bytes.empty()) {
      out_ += "{}";
      return;
    }
    out_ += "{\"@type\":";
    TellText(url);
    const auto* type = message.GetDescriptor()->file()->pool()->FindMessageTypeByName(
        url.substr(url.rfind('/') + 1));
    const std::unique_ptr<Message> inside =
        type == nullptr || depth_ >= kDepthMax
            ? nullptr
            : std::unique_ptr<Message>(
                  message.GetReflection()->GetMessageFactory()->GetPrototype(type)->New());
    if (!inside || !inside->ParseFromString(bytes)) {
      out_ += ",\"value\":";
      TellBytes(bytes);
    } else if (type->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
      out_ += ",\"value\":";
      TellMessage(*inside);
    } else if (type->field_count() > 0) {
      TellMembers(*inside);
    }
    out_ += '}';
  }

  // Fields after those that are there already.
  void TellMembers(const Message& message) {
    const std::size_t begin = out_.size();
    ++depth_;
    TellFields(message);
    --depth_;
    if (out_.size() > begin) out_.insert(begin, ",");
  }

  std::string out_;
  int depth_ = 0;
};

}  // namespace

std::string TellJson(const Message& message) {
  Teller teller;
  teller.TellMessage(message);
  return std::move(teller).Take();
}

std::string TellAnswer(const Route& route, const Message& answer) {
  if (route.response_field == nullptr) return TellJson(answer);
  Teller teller;
  teller.TellField(answer, *route.response_field, true);
  return std::move(teller).Take();
}

}  // namespace fairlead::transcode
