#include "config/text_value.h"

#include <nlohmann/json.hpp>

#include "config/json_text.h"
#include "spec/words.h"

namespace fairlead::config {
namespace {

using nlohmann::json;

json ListOf(const std::string& text) {
  json list = json::array();
  if (text.empty()) return list;
  for (const std::string_view word : spec::SplitList(text)) list.push_back(std::string(word));
  return list;
}

}  // namespace

json ValueFromText(const KeyRule& rule, const std::string& text, const std::string& subject,
                   std::vector<spec::Diagnostic>& diagnostics) {
  switch (rule.kind) {
    case KeyKind::kText:
      return text;
    case KeyKind::kList:
      return ListOf(text);
    case KeyKind::kBoolean: {
      const auto value = spec::ParseBoolean(text);
      return value ? json(*value) : json(text);
    }
    case KeyKind::kInteger: {
      const auto value = spec::ParseWholeNumber(text);
      return value ? json(*value) : json(text);
    }
    case KeyKind::kStructure:
      break;
  }
  const bool is_json = text.starts_with('[') || text.starts_with('{');
  // "[::1]:10000" begins as a list does, but is an address.
  if (rule.path == "envoy.listeners" && (!is_json || text.starts_with("[:"))) return ListOf(text);
  return ParseJsonText(text, subject, diagnostics).value_or(json());
}

}  // namespace fairlead::config
