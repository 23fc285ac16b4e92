#include "transcode/bind.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
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

// One text as the JSON of its field: true and false as such, numbers of enums as numbers, and
// everything else as a text, which proto3 JSON takes for numbers, too.
std::optional<json> ValueOf(const FieldDescriptor& field, const std::string& text, Manner manner) {
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
    if (!value) return BadField(name, "it is true or false");
    json& place = At(*path);
    if (leaf.is_repeated()) {
      place.push_back(*value);
      return {};
    }
    if (!place.is_null()) return BadField(name, "it is given twice; send it once");
    place = *value;
    return {};
  }

  std::string Text() const { return root_.dump(); }

 private:
  // "labels[key]" of a map.
  Result<> PutEntry(std::string_view name, const std::string& text) {
    const std::size_t bracket = name.find('[');
    if (bracket == std::string_view::npos) return Unknown(name);
    const auto path = FindField(type_, name.substr(0, bracket));
    if (!path || !path->back()->is_map()) return Unknown(name);
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
    if (manner_ == Manner::kGrpcGateway) return {};
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

Result<std::vector<Pair>> PairsOf(std::string_view query) {
  std::vector<Pair> pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const auto name = http::Unescape(part.substr(0, equals), true);
    const auto value = equals == std::string_view::npos
                           ? std::optional<std::string>("")
                           : http::Unescape(part.substr(equals + 1), true);
    if (!name || !value)
      return Bad("the query", "an escape in it is no text; write %XX of printable UTF-8");
    pairs.push_back({*name, *value});
  }
  return pairs;
}

// The first thing wrong with a body beyond its types; empty: nothing.
std::string_view FaultOf(std::string_view body, Manner manner) {
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
  const json parsed = json::parse(body, look, false);
  if (!fault.empty()) return fault;
  if (parsed.is_discarded()) return "it is no JSON; send an object such as {\"reason\": \"...\"}";
  return parsed.is_object() || manner == Manner::kGrpcGateway ? "" : "it is no JSON object";
}

Result<> Read(std::string_view json_text, std::string_view what, Manner manner, Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = manner == Manner::kGrpcGateway;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json_text.data(), json_text.size()), &message, options);
  if (status.ok()) return {};
  return Bad(what, Printable(std::string(status.message()), 256));
}

Result<> ReadBody(const Route& route, const Input& input, Message& message) {
  if (input.body.empty() || (!route.takes_body && route.body_field == nullptr)) return {};
  if (const std::string_view fault = FaultOf(input.body, input.manner); !fault.empty())
    return Bad("the body", fault);
  if (route.takes_body) return Read(input.body, "the body", input.manner, message);
  const std::string wrapped =
      "{\"" + route.body_field->json_name() + "\":" + std::string(input.body) + "}";
  return Read(wrapped, "the body", input.manner, message);
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
  const json body = json::parse(input.body, nullptr, false);
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
    ClearLeaf(*FindField(*route.method->input_type(), binding.field), message);
    if (Result<> put = tree.Put(binding.field, binding.value); !put) return put;
  }
  if (!route.takes_body) {
    const Result<std::vector<Pair>> pairs = PairsOf(input.query);
    if (!pairs) return std::unexpected(pairs.error());
    for (const Pair& pair : *pairs) {
      if (input.manner == Manner::kGrpcGateway && IsTaken(found, pair.name)) continue;
      if (Result<> put = tree.Put(pair.name, pair.value); !put) return put;
    }
  }
  const std::unique_ptr<Message> rest(message.New());
  // What is in the tree is known by name; a word that is no value of its enum is a mistake.
  if (Result<> read = Read(tree.Text(), "the request", Manner::kOwn, *rest); !read) return read;
  message.MergeFrom(*rest);
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

std::string ToldJson(const Route& route, const Message& answer) {
  if (route.response_field == nullptr) return JsonOf(answer);
  const json all = json::parse(JsonOf(answer), nullptr, false);
  const auto told = all.find(route.response_field->json_name());
  return told == all.end() ? "{}" : told->dump();
}

std::string AnswerJson(const Message& request, const Message& answer) {
  const FieldDescriptor* mask = request.GetDescriptor()->FindFieldByName("read_mask");
  const bool is_masked = mask != nullptr && request.GetReflection()->HasField(request, mask);
  return JsonText(answer, !is_masked);
}

}  // namespace fairlead::transcode
