#include "transcode/openapi.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "transcode/field_path.h"
#include "transcode/openapi_schemas.h"

namespace fairlead::transcode {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using Json = Schemas::Json;

// What of the request the query takes: its leaves, with dots for those inside, less what the path
// or the body has.
void AddQuery(const Descriptor& type, const std::string& prefix, const std::set<std::string>& bound,
              Schemas& schemas, Json& parameters) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = prefix + field.name();
    if (bound.contains(name) || field.is_map()) continue;
    if (FindLeaf(type, field.name()) && !IsAnyJson(field)) {
      parameters.push_back(
          {{"name", name}, {"in", "query"}, {"required", false}, {"schema", schemas.Of(field)}});
    } else if (!field.is_repeated() && prefix.empty() && field.message_type() != nullptr &&
               field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
      AddQuery(*field.message_type(), name + ".", bound, schemas, parameters);
    }
  }
}

// "/v1/services/{service}/replicas:restart": OpenAPI knows no pattern inside a parameter, so each
// star is one of its own.
struct ShownPath {
  std::string text;
  std::vector<std::string> parameters;
};

ShownPath Show(const PathTemplate& path) {
  ShownPath shown;
  std::set<std::string> taken;
  std::string literal;
  for (const PathTemplate::Part& part : path.parts()) {
    if (!part.is_star) {
      literal = part.text;
      shown.text += "/" + part.text;
      continue;
    }
    std::string name = part.text;
    std::ranges::replace(name, '.', '_');  // which some tools take for something inside
    if (name.empty())
      name = literal.ends_with('s') ? literal.substr(0, literal.size() - 1) : "name";
    std::string unique = name;
    for (int i = 2; !taken.insert(unique).second; ++i) unique = name + std::to_string(i);
    shown.text += "/{" + unique + "}";
    shown.parameters.push_back(unique);
  }
  if (!path.verb().empty()) shown.text += ":" + path.verb();
  return shown;
}

Json Answer(const std::string& description, const std::string& media, Json schema) {
  return {{"description", description}, {"content", {{media, {{"schema", std::move(schema)}}}}}};
}

bool IsRaw(const Descriptor& type) {
  return type.full_name() == "google.api.HttpBody";
}

// What a response_body has: 64-bit numbers are numbers there (tell.h).
Json BareOf(Json schema) {
  const auto format = schema.find("format");
  if (format != schema.end() && (*format == "int64" || *format == "uint64"))
    schema["type"] = "integer";
  for (const char* inside : {"items", "additionalProperties"}) {
    if (schema.contains(inside)) schema[inside] = BareOf(schema[inside]);
  }
  return schema;
}

Json AnswerOf(const Route& route, Schemas& schemas) {
  const Descriptor& output = *route.method->output_type();
  if (IsRaw(output) && route.response_field == nullptr)
    return Answer("the bytes that the service sends", "*/*",
                  {{"type", "string"}, {"format", "binary"}});
  Json result = route.response_field != nullptr ? BareOf(schemas.Of(*route.response_field))
                                                : schemas.Reference(output);
  if (!route.method->server_streaming())
    return Answer("the answer", "application/json", std::move(result));
  Json line = {{"type", "object"},
               {"properties", {{"result", std::move(result)}, {"error", Schemas::Status()}}}};
  Json good = Answer("one object per line", "application/json", std::move(line));
  good["content"]["text/event-stream"] = {{"schema", {{"type", "string"}}}};
  return good;
}

void AddSecurity(const Route& route, OpenApiInfo::Access access, Json& operation) {
  Json token = Json::object();
  token["token"] = Json::array();
  if (access == OpenApiInfo::Access::kMayHave) {
    operation["security"] = Json::array({Json::object(), std::move(token)});
  } else if (access == OpenApiInfo::Access::kTokenToAct && !route.is_read()) {
    operation["security"] = Json::array({std::move(token)});
  }
}

Json OperationOf(const Route& route, const ShownPath& shown, const std::string& id,
                 const OpenApiInfo& info, Schemas& schemas) {
  Json parameters = Json::array();
  for (const std::string& name : shown.parameters) {
    parameters.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  const Descriptor& input = *route.method->input_type();
  if (!route.takes_body) {
    const std::vector<std::string> fields = route.path.fields();
    std::set<std::string> bound(fields.begin(), fields.end());
    if (route.body_field != nullptr) bound.insert(route.body_field->name());
    AddQuery(input, "", bound, schemas, parameters);
  }
  Json operation = {{"operationId", id},
                    {"tags", Json::array({route.method->service()->name()})},
                    {"parameters", std::move(parameters)}};
  if (route.takes_body || route.body_field != nullptr) {
    Json body = route.takes_body ? schemas.Reference(input) : schemas.Of(*route.body_field);
    operation["requestBody"] = {{"required", true},
                                {"content", {{"application/json", {{"schema", std::move(body)}}}}}};
  }
  operation["responses"] = {{"200", AnswerOf(route, schemas)},
                            {"default", Answer("why not", "application/json", Schemas::Status())}};
  AddSecurity(route, info.access, operation);
  return operation;
}

std::string LowerVerb(std::string verb) {
  for (char& c : verb) c = static_cast<char>(c - 'A' + 'a');
  return verb;
}

Json PathsOf(const Routes& routes, const OpenApiInfo& info, Schemas& schemas) {
  Json paths = Json::object();
  std::map<std::string, ShownPath> by_shape;  // one path, whatever rules call its parts
  std::map<std::string, int> ids;
  const bool has_one_service = !routes.all().empty() && routes.all().front().method->service() ==
                                                            routes.all().back().method->service();
  for (const Route& route : routes.all()) {
    const std::string shape = route.path.shape();
    const auto [shown, is_new] = by_shape.try_emplace(shape);
    if (is_new) shown->second = Show(route.path);
    Json& operations = paths[info.base + shown->second.text];
    const std::string verb = LowerVerb(route.verb);
    if (operations.contains(verb)) continue;
    const MethodDescriptor& method = *route.method;
    std::string id =
        has_one_service ? method.name() : method.service()->name() + "_" + method.name();
    const int number = ids[id]++;
    if (number > 0) id += std::to_string(number);
    operations[verb] = OperationOf(route, shown->second, id, info, schemas);
  }
  return paths;
}

}  // namespace

std::string OpenApiOf(const Routes& routes, const OpenApiInfo& info) {
  Schemas schemas(info.manner);
  Json document = {{"openapi", "3.0.3"},
                   {"info", {{"title", info.title}, {"version", info.version}}},
                   {"paths", PathsOf(routes, info, schemas)}};
  document["components"]["schemas"] = schemas.Take();
  if (info.access != OpenApiInfo::Access::kOpen)
    document["components"]["securitySchemes"] = {
        {"token", {{"type", "http"}, {"scheme", "bearer"}}}};
  return document.dump(1) + "\n";
}

}  // namespace fairlead::transcode
