// The reader of `file_sinks`.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "config/key_values.h"
#include "spec/label_value.h"
#include "spec/words.h"

namespace fairlead::config {
namespace {

using nlohmann::json;
using spec::Quoted;

// Each has a thread, and its reader pays for a reload of its own.
constexpr std::size_t kFileSinksMax = 8;

bool IsServiceName(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos) return false;
  const spec::LabelRule& rule = *spec::FindLabel("service");
  return spec::ParseLabelValue(rule, text.substr(0, dot)).has_value() &&
         spec::ParseLabelValue(rule, text.substr(dot + 1)).has_value();
}

// `object[key]` as a list of texts; empty if absent.
std::vector<std::string> TextsField(const json& object, const char* key, const std::string& where,
                                    ValueProblems& problems) {
  std::vector<std::string> texts;
  const auto field = object.find(key);
  if (field == object.end()) return texts;
  const std::string place = where + "." + key;
  if (!field->is_array() || field->size() > kListElementsMax) {
    ReportWrongType(*field, place, "a list of at most 64 texts", "write [\"...\", \"...\"]",
                    problems);
    return texts;
  }
  for (std::size_t i = 0; i < field->size(); ++i) {
    if (const auto* text = (*field)[i].get_ptr<const std::string*>()) {
      texts.push_back(*text);
    } else {
      ReportWrongType((*field)[i], fmt::format("{}[{}]", place, i), "a text",
                      "put it in quotation marks", problems);
    }
  }
  return texts;
}

void CheckPath(const std::string& path, const std::string& where, ValueProblems& problems) {
  if (path.starts_with('/') && !path.ends_with('/')) return;
  ReportBadValue(where, Quoted(path) + " is not an absolute path of a file",
                 "begin the path with a slash, and end it with a name", problems);
}

FileSink ReadFileSink(const json& value, const std::string& where, ValueProblems& problems) {
  constexpr std::string_view kFields[] = {"output",   "template",  "services",
                                          "validate", "container", "pid_file"};
  FileSink sink;
  if (!value.is_object()) {
    ReportWrongType(value, where, "an object", "write {\"output\": \"/PATH\"}", problems);
    return sink;
  }
  RefuseUnknownFields(value, kFields, where, problems);
  sink.output = TextField(value, "output", where, problems);
  CheckPath(sink.output, where + ".output", problems);
  sink.template_file = TextField(value, "template", where, problems);
  if (!sink.template_file.empty()) CheckPath(sink.template_file, where + ".template", problems);
  sink.pid_file = TextField(value, "pid_file", where, problems);
  if (!sink.pid_file.empty()) CheckPath(sink.pid_file, where + ".pid_file", problems);
  for (const std::string& service : TextsField(value, "services", where, problems)) {
    sink.services.insert(service);
    if (IsServiceName(service)) continue;
    ReportBadValue(where + ".services", Quoted(service) + " is no service's full name",
                   "write SERVICE.PROJECT, e.g. user-service.shop", problems);
  }
  sink.validate = TextsField(value, "validate", where, problems);
  if (!sink.validate.empty() && !sink.validate.front().starts_with('/')) {
    ReportBadValue(where + ".validate", Quoted(sink.validate.front()) + " is not an absolute path",
                   "name the program by its path; no shell is asked", problems);
  }
  sink.container = TextField(value, "container", where, problems);
  ValueProblems naming;
  Names names;
  if (!sink.container.empty()) ReadNames(json::array({sink.container}), names, naming);
  for (const ValueProblem& problem : naming)
    ReportBadValue(where + ".container", problem.message, problem.hint, problems);
  if (!sink.container.empty() && !sink.pid_file.empty()) {
    ReportBadValue(where, "container and pid_file are two readers of one file",
                   "write a file for each", problems);
  }
  return sink;
}

}  // namespace

void ReadFileSinks(const json& value, std::vector<FileSink>& out, ValueProblems& problems) {
  const std::size_t problems_before = problems.size();
  if (!value.is_array())
    return ReportWrongType(value, "", "a list", "write [ ... ], or [] for none", problems);
  if (value.size() > kFileSinksMax) {
    return ReportBadValue("",
                          fmt::format("{} elements are more than {}", value.size(), kFileSinksMax),
                          "write a shorter list", problems);
  }
  std::vector<FileSink> sinks;
  std::set<std::string> outputs;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string where = fmt::format("[{}]", i);
    sinks.push_back(ReadFileSink(value[i], where, problems));
    if (outputs.insert(sinks.back().output).second) continue;
    ReportBadValue(where + ".output", Quoted(sinks.back().output) + " is written by another one",
                   "give each a file of its own", problems);
  }
  if (problems.size() == problems_before) out = std::move(sinks);
}

}  // namespace fairlead::config
