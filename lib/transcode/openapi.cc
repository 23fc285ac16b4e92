#include "transcode/openapi.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "transcode/field_path.h"

namespace fairlead::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

// The types that are no objects in JSON.
Json WellKnown(const std::string& name) {
  if (name == "google.protobuf.Timestamp") return {{"type", "string"}, {"format", "date-time"}};
  if (name == "google.protobuf.Duration")
    return {{"type", "string"}, {"pattern", "^-?[0-9]+([.][0-9]{1,9})?s$"}};
  if (name == "google.protobuf.FieldMask") return {{"type", "string"}};
  return {};
}

class Schemas {
 public:
  Json Of(const FieldDescriptor& field) {
    Json one = OfOne(field);
    if (!field.is_repeated()) return one;
    return {{"type", "array"}, {"items", std::move(one)}};
  }

  Json Reference(const Descriptor& type) {
    if (Json known = WellKnown(type.full_name()); !known.is_null()) return known;
    const std::string name = type.full_name();
    if (seen_.insert(name).second) {
      Json properties = Json::object();
      for (int i = 0; i < type.field_count(); ++i)
        properties[type.field(i)->json_name()] = Of(*type.field(i));
      all_[name] = {{"type", "object"}, {"properties", std::move(properties)}};
    }
    return {{"$ref", "#/components/schemas/" + name}};
  }

  Json Take() { return std::move(all_); }
  void Add(const std::string& name, Json schema) { all_[name] = std::move(schema); }

 private:
  Json OfOne(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_INT32:
        return {{"type", "integer"}, {"format", "int32"}};
      case FieldDescriptor::CPPTYPE_UINT32:
        return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
      case FieldDescriptor::CPPTYPE_INT64:
        return {{"type", "string"}, {"format", "int64"}};
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", "string"}, {"format", "uint64"}};
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return {{"type", "number"}};
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.type() == FieldDescriptor::TYPE_BYTES)
          return {{"type", "string"}, {"format", "byte"}};
        return {{"type", "string"}};
      case FieldDescriptor::CPPTYPE_ENUM:
        return OfEnum(*field.enum_type());
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Reference(*field.message_type());
    }
    return {{"type", "string"}};
  }

  static Json OfEnum(const EnumDescriptor& type) {
    Json values = Json::array();
    for (int i = 0; i < type.value_count(); ++i) values.push_back(type.value(i)->name());
    return {{"type", "string"}, {"enum", std::move(values)}};
  }

  std::set<std::string> seen_;
  Json all_ = Json::object();
};

// What of the request the query takes: its leaves, with dots for those inside, less what the path
// has.
void AddQuery(const Descriptor& type, const std::string& prefix, const std::set<std::string>& bound,
              Schemas& schemas, Json& parameters) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = prefix + field.name();
    if (bound.contains(name) || field.is_map()) continue;
    if (FindLeaf(type, field.name())) {
      parameters.push_back(
          {{"name", name}, {"in", "query"}, {"required", false}, {"schema", schemas.Of(field)}});
    } else if (!field.is_repeated() && prefix.empty()) {
      AddQuery(*field.message_type(), name + ".", bound, schemas, parameters);
    }
  }
}

// "/v1/services/{services}/replicas:restart": OpenAPI knows no pattern inside a parameter, so each
// star is one of its own, named after the literal before it.
struct ShownPath {
  std::string text;
  std::vector<std::string> parameters;
};

ShownPath Show(const PathTemplate& path) {
  ShownPath shown;
  std::string literal;
  std::string rest = path.shape();
  const std::size_t colon = rest.find(':');
  const std::string verb = colon == std::string::npos ? "" : rest.substr(colon);
  rest = rest.substr(0, colon) + "/";
  for (std::size_t begin = 1; begin < rest.size();) {
    const std::size_t slash = rest.find('/', begin);
    const std::string segment = rest.substr(begin, slash - begin);
    begin = slash + 1;
    if (!segment.starts_with('*')) {
      literal = segment;
      shown.text += "/" + segment;
      continue;
    }
    const std::string name =
        literal.ends_with('s') ? literal.substr(0, literal.size() - 1) : "name";
    shown.text += "/{" + name + "}";
    shown.parameters.push_back(name);
  }
  shown.text += verb;
  return shown;
}

Json Answer(const std::string& description, const std::string& media, Json schema) {
  return {{"description", description}, {"content", {{media, {{"schema", std::move(schema)}}}}}};
}

Json OperationOf(const Route& route, const ShownPath& shown, int number, Schemas& schemas) {
  Json parameters = Json::array();
  for (const std::string& name : shown.parameters) {
    parameters.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  const std::vector<std::string> fields = route.path.fields();
  const Descriptor& input = *route.method->input_type();
  if (!route.takes_body) AddQuery(input, "", {fields.begin(), fields.end()}, schemas, parameters);
  Json operation = {
      {"operationId", route.method->name() + (number == 0 ? "" : std::to_string(number))},
      {"tags", Json::array({route.method->service()->name()})},
      {"parameters", std::move(parameters)}};
  if (route.takes_body) {
    operation["requestBody"] = {
        {"required", true},
        {"content", {{"application/json", {{"schema", schemas.Reference(input)}}}}}};
  }
  Json result = schemas.Reference(*route.method->output_type());
  Json good;
  if (route.method->server_streaming()) {
    Json line = {
        {"type", "object"},
        {"properties",
         {{"result", result}, {"error", {{"$ref", "#/components/schemas/google.rpc.Status"}}}}}};
    good = Answer("one object per line", "application/json", std::move(line));
    good["content"]["text/event-stream"] = {{"schema", {{"type", "string"}}}};
  } else {
    good = Answer("the answer", "application/json", std::move(result));
  }
  operation["responses"] = {
      {"200", std::move(good)},
      {"default", Answer("why not", "application/json",
                         {{"$ref", "#/components/schemas/google.rpc.Status"}})}};
  if (!route.is_read()) {
    Json token = Json::object();
    token["token"] = Json::array();
    operation["security"] = Json::array({std::move(token)});
  }
  return operation;
}

std::string LowerVerb(std::string verb) {
  for (char& c : verb) c = static_cast<char>(c - 'A' + 'a');
  return verb;
}

}  // namespace

std::string OpenApiOf(const Routes& routes, const std::string& version) {
  Schemas schemas;
  Json paths = Json::object();
  const google::protobuf::MethodDescriptor* last = nullptr;
  int number = 0;
  for (const Route& route : routes.all()) {
    number = route.method == last ? number + 1 : 0;
    last = route.method;
    const ShownPath shown = Show(route.path);
    paths[shown.text][LowerVerb(route.verb)] = OperationOf(route, shown, number, schemas);
  }
  schemas.Add("google.rpc.Status", {{"type", "object"},
                                    {"required", {"code", "message"}},
                                    {"properties",
                                     {{"code", {{"type", "integer"}, {"format", "int32"}}},
                                      {"message", {{"type", "string"}}},
                                      {"details",
                                       {{"type", "array"},
                                        {"items",
                                         {{"type", "object"},
                                          {"required", {"@type"}},
                                          {"properties", {{"@type", {{"type", "string"}}}}}}}}}}}});
  const Json document = {
      {"openapi", "3.0.3"},
      {"info", {{"title", "fairlead"}, {"version", version}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", schemas.Take()},
        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
  return document.dump(1) + "\n";
}

}  // namespace fairlead::transcode
