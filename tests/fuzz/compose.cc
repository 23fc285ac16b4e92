// Compose files and label sets: any bytes give findings with stable codes, at a place that exists,
// in words that move no cursor, and the same ones again.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "fuzz/targets.h"
#include "lint/codes.h"
#include "lint/lint.h"

namespace fairlead::fuzz {
namespace {

bool IsKnownLintCode(std::string_view code) {
  const auto is_it = [&](const spec::codes::CodeMeaning& known) { return known.code == code; };
  return std::ranges::any_of(lint::codes::kAll, is_it) ||
         std::ranges::any_of(spec::codes::kAll, is_it);
}

// Two files at a line of three dashes, so that merging and extending are met, too.
lint::LintInput LintInputOf(std::string_view input, const std::string& ending) {
  const std::size_t cut = std::min(input.find("\n---\n"), input.size());
  const std::string first(input.substr(0, cut));
  const std::string second(input.substr(std::min(cut + 5, input.size())));
  lint::LintInput lint{.sources = {}, .project = "shop"};
  lint.sources.files.push_back({.name = "first" + ending, .text = first});
  if (!second.empty()) lint.sources.files.push_back({.name = "second" + ending, .text = second});
  lint.sources.read = [first](const std::string&) -> Result<std::string> { return first; };
  lint.sources.variables = [](const std::string& name) -> std::optional<std::string> {
    return name.size() % 2 == 0 ? std::optional<std::string>(name) : std::nullopt;
  };
  return lint;
}

}  // namespace

int FuzzCompose(std::string_view input) {
  for (const char* ending : {".yaml", ".labels"}) {
    const lint::LintInput lint = LintInputOf(input, ending);
    const std::vector<lint::Finding> findings = lint::Lint(lint);
    for (const lint::Finding& finding : findings) {
      CHECK(IsKnownLintCode(finding.code));
      CHECK(finding.line >= 1 && finding.column >= 1 && !finding.message.empty());
      const std::string text = finding.Text();
      CHECK(Printable(text, text.size()) == text);
    }
    CHECK(lint::Lint(lint) == findings);
  }
  return 0;
}

}  // namespace fairlead::fuzz
