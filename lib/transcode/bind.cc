#include "transcode/bind.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <expected>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "http/target.h"
#include "transcode/field_path.h"
#include "transcode/fill.h"

namespace fairlead::transcode {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;

std::unexpected<Error> Bad(std::string_view what, std::string_view why) {
  return Fail(Code::kInvalidArgument, "read " + std::string(what) + ": " + std::string(why));
}

std::unexpected<Error> BadField(std::string_view name, std::string_view why) {
  std::unexpected<Error> bad = Bad(Printable(name), why);
  bad.error().subject = Printable(name);
  return bad;
}

// What a query says may nest as deep as a body.
bool IsTooDeep(const json& value, int depth = 0) {
  if (depth > kLooseJsonDepthMax) return true;
  return value.is_structured() && std::ranges::any_of(value, [depth](const json& inner) {
           return IsTooDeep(inner, depth + 1);
         });
}

// One text as the JSON of its field: true and false as such, numbers of enums as numbers, and
// everything else as a text, which proto3 JSON takes for numbers, too.
std::optional<json> ValueOf(const FieldDescriptor& field, const std::string& text, Manner manner) {
  if (IsAnyJson(field)) {
    json value = json::parse(text, nullptr, false);
    return value.is_discarded() || IsTooDeep(value) ? std::nullopt
                                                    : std::optional(std::move(value));
  }
  if (IsBoolean(field) && manner == Manner::kGrpcGateway) {
    // The words of Go's strconv.ParseBool.
    for (const std::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
      if (text == word) return true;
    }
    for (const std::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
      if (text == word) return false;
    }
    return std::nullopt;
  }
  if (IsBoolean(field)) {
    if (text == "true" || text == "1" || text.empty()) return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
  }
  const bool is_number = !text.empty() && text.size() < 10 &&
                         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM && is_number) {
    return json::parse(text, nullptr, false);
  }
  return text;
}

// Puts texts into a tree of JSON objects, as the message's JSON would have them.
class Tree {
 public:
  Tree(const google::protobuf::Descriptor& type, Manner manner) : type_(type), manner_(manner) {}

  Result<> Put(std::string_view name, const std::string& text) {
    if (name.ends_with(']')) return PutEntry(name, text);
    const auto path = FindLeaf(type_, name);
    if (!path) return Unknown(name);
    const FieldDescriptor& leaf = *path->back();
    const std::optional<json> value = ValueOf(leaf, text, manner_);
    if (!value) return BadField(name, IsAnyJson(leaf) ? "it is no JSON" : "it is true or false");
    json& place = At(*path);
    if (leaf.is_repeated()) {
      place.push_back(*value);
      return {};
    }
    if (!place.is_null()) return BadField(name, "it is given twice; send it once");
    place = *value;
    return {};
  }

  // What a path says of a list: its values, with commas between them.
  Result<> PutList(const std::string& name, std::string_view texts) {
    while (true) {
      const std::size_t comma = texts.find(',');
      if (Result<> put = Put(name, std::string(texts.substr(0, comma))); !put) return put;
      if (comma == std::string_view::npos) return {};
      texts.remove_prefix(comma + 1);
    }
  }

  const json& root() const { return root_; }

 private:
  // "labels[key]" of a map.
  Result<> PutEntry(std::string_view name, const std::string& text) {
    const std::size_t bracket = name.find('[');
    if (bracket == std::string_view::npos) return Unknown(name);
    const auto path = FindField(type_, name.substr(0, bracket));
    if (!path || !path->back()->is_map()) return Unknown(name.substr(0, bracket));
    const std::string key(name.substr(bracket + 1, name.size() - bracket - 2));
    const std::optional<json> value =
        ValueOf(*path->back()->message_type()->map_value(), text, manner_);
    json& place = At(*path);
    if (!value || (place.is_object() && place.contains(key)))
      return BadField(name, "it is given twice, or is no value of the map");
    place[key] = *value;
    return {};
  }

  json& At(const FieldPath& path) {
    json* place = &root_;
    for (const FieldDescriptor* field : path) place = &(*place)[field->json_name()];
    return *place;
  }

  Result<> Unknown(std::string_view name) const {
    if (manner_ == Manner::kGrpcGateway) {
      // What is there, and no text fills: an object, a map, what is inside of a list.
      for (std::size_t end = name.find('.'); end != std::string_view::npos;
           end = name.find('.', end + 1)) {
        const auto path = FindField(type_, name.substr(0, end));
        if (path && path->back()->is_repeated()) return BadField(name, "no text fills it");
      }
      return FindField(type_, name) ? BadField(name, "no text fills it") : Result<>();
    }
    return BadField(
        name, "it is no field of " + type_.name() + " that a text fills; /openapi.json lists them");
  }

  const google::protobuf::Descriptor& type_;
  const Manner manner_;
  json root_ = json::object();
};

struct Pair {
  std::string name;
  std::string value;
};

Result<std::vector<Pair>> PairsOf(std::string_view query, Manner manner) {
  const auto unescape = manner == Manner::kOwn ? http::Unescape : http::UnescapeText;
  std::vector<Pair> pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const auto name = unescape(part.substr(0, equals), true);
    const auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                        : unescape(part.substr(equals + 1), true);
    if (!name || !value) return Bad("the query", "an escape in it is no text; write %XX of UTF-8");
    pairs.push_back({*name, *value});
  }
  return pairs;
}

// The body as JSON; an error: what is wrong with it beyond its types.
std::expected<json, std::string_view> Parsed(std::string_view body, Manner manner) {
  const int depth_max = manner == Manner::kOwn ? kJsonDepthMax : kLooseJsonDepthMax;
  std::vector<std::set<std::string>> keys;
  std::string_view fault;
  const auto look = [&](int depth, json::parse_event_t event, const json& value) {
    if (depth > depth_max) fault = "it nests too deep";
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fault = "a key is given twice; send it once";
    return fault.empty();
  };
  json parsed = json::parse(body, look, false);
  if (!fault.empty()) return std::unexpected(fault);
  if (parsed.is_discarded())
    return std::unexpected("it is no JSON; send an object such as {\"reason\": \"...\"}");
  if (!parsed.is_object() && manner == Manner::kOwn) return std::unexpected("it is no JSON object");
  return parsed;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// By our own API's manner.
Result<> Read(std::string_view json_text, std::string_view what, Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json_text.data(), json_text.size()), &message);
  if (status.ok()) return {};
  return Bad(what, Printable(std::string(status.message()), 256));
}

Result<> ReadBody(const Route& route, const Input& input, Message& message) {
  const FieldDescriptor* field = route.body_field;
  if (!route.takes_body && field == nullptr) return {};
  if (input.manner == Manner::kOwn ? input.body.empty() : IsBlank(input.body)) {
    if (field != nullptr && !field->is_repeated() && field->message_type() != nullptr)
      message.GetReflection()->MutableMessage(&message, field);
    return {};
  }
  const auto body = Parsed(input.body, input.manner);
  if (!body) return Bad("the body", body.error());
  if (input.manner == Manner::kOwn) return Read(input.body, "the body", message);
  return field == nullptr ? Fill(*body, Source::kBody, message)
                          : FillField(*body, Source::kBody, *field, message);
}

// The path wins also where it says what a field has by default, which merging would not see.
void ClearLeaf(const FieldPath& path, Message& message) {
  Message* inside = &message;
  for (const FieldDescriptor* field : path) {
    const google::protobuf::Reflection& reflection = *inside->GetReflection();
    if (field == path.back()) return reflection.ClearField(inside, field);
    if (!reflection.HasField(*inside, field)) return;
    inside = reflection.MutableMessage(inside, field);
  }
}

// What the path or the body has the query does not set.
bool IsTaken(const FoundRoute& found, std::string_view name) {
  const auto covers = [name](std::string_view field) {
    return name == field || (name.starts_with(field) && name.substr(field.size()).starts_with('.'));
  };
  if (found.route->body_field != nullptr &&
      (covers(found.route->body_field->name()) || covers(found.route->body_field->json_name())))
    return true;
  return std::ranges::any_of(found.bindings,
                             [&](const PathBinding& binding) { return covers(binding.field); });
}

// "display_name", "address.city": what a body of the field's type sets. Lists, maps and types with
// a JSON form of their own count as one.
void AddPaths(const json& body, const google::protobuf::Descriptor& type, const std::string& prefix,
              google::protobuf::FieldMask& mask) {
  for (const auto& [key, value] : body.items()) {
    const auto found = FindField(type, key);
    if (!found || found->size() != 1) continue;
    const FieldDescriptor& field = *found->front();
    const bool goes_on = value.is_object() && !value.empty() && !field.is_repeated() &&
                         field.message_type() != nullptr &&
                         !field.message_type()->full_name().starts_with("google.protobuf.");
    if (goes_on) {
      AddPaths(value, *field.message_type(), prefix + field.name() + ".", mask);
    } else {
      mask.add_paths(prefix + field.name());
    }
  }
}

void FillMask(const Route& route, const Input& input, Message& message) {
  if (route.body_field == nullptr || route.body_field->message_type() == nullptr ||
      route.body_field->is_repeated())
    return;
  const FieldDescriptor* mask_field = nullptr;
  const google::protobuf::Descriptor& type = *route.method->input_type();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->is_repeated() || field->message_type() == nullptr ||
        field->message_type()->full_name() != "google.protobuf.FieldMask")
      continue;
    if (mask_field != nullptr) return;  // which of two?
    mask_field = field;
  }
  if (mask_field == nullptr || message.GetReflection()->HasField(message, mask_field)) return;
  const json body = IsBlank(input.body) ? json::object() : json::parse(input.body, nullptr, false);
  if (!body.is_object()) return;
  google::protobuf::FieldMask mask;
  AddPaths(body, *route.body_field->message_type(), "", mask);
  message.GetReflection()
      ->MutableMessage(&message, mask_field)
      ->ParseFromString(mask.SerializeAsString());
}

}  // namespace

Result<> Bind(const FoundRoute& found, const Input& input, Message& message) {
  const Route& route = *found.route;
  if (input.manner == Manner::kOwn) {
    if (!route.takes_body && !input.body.empty())
      return Bad("the body", "this method takes none; put it into the query");
    if (route.takes_body && !input.query.empty())
      return Bad("the query", "this method takes a body; put it there");
  }
  if (Result<> read = ReadBody(route, input, message); !read) return read;
  Tree tree(*route.method->input_type(), input.manner);
  for (const PathBinding& binding : found.bindings) {
    const FieldPath path = *FindField(*route.method->input_type(), binding.field);
    ClearLeaf(path, message);
    const Result<> put = path.back()->is_repeated() ? tree.PutList(binding.field, binding.value)
                                                    : tree.Put(binding.field, binding.value);
    if (!put) return put;
  }
  if (!route.takes_body) {
    const Result<std::vector<Pair>> pairs = PairsOf(input.query, input.manner);
    if (!pairs) return std::unexpected(pairs.error());
    for (const Pair& pair : *pairs) {
      if (input.manner == Manner::kGrpcGateway && IsTaken(found, pair.name)) continue;
      if (Result<> put = tree.Put(pair.name, pair.value); !put) return put;
    }
  }
  if (!tree.root().empty()) {
    const std::unique_ptr<Message> rest(message.New());
    const Result<> read = input.manner == Manner::kOwn
                              ? Read(tree.root().dump(), "the request", *rest)
                              : Fill(tree.root(), Source::kQuery, *rest);
    if (!read) return read;
    message.MergeFrom(*rest);
  }
  if (input.manner == Manner::kGrpcGateway && route.verb == "PATCH")
    FillMask(route, input, message);
  return {};
}

namespace {

std::string JsonText(const Message& message, bool with_defaults) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = with_defaults;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : "{}";
}

}  // namespace

std::string JsonOf(const Message& message) {
  return JsonText(message, true);
}

std::string AnswerJson(const Message& request, const Message& answer) {
  const FieldDescriptor* mask = request.GetDescriptor()->FindFieldByName("read_mask");
  const bool is_masked = mask != nullptr && request.GetReflection()->HasField(request, mask);
  return JsonText(answer, !is_masked);
}

}  // namespace fairlead::transcode
