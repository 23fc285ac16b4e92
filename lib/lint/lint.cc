#include "lint/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "lint/codes.h"
#include "lint/service_checks.h"

namespace fairlead::lint {
namespace {

constexpr std::size_t kFindingsMax = 1'000;  // a person reads some tens

bool IsCompose(const std::string& name) {
  return name == "-" || name.ends_with(".yaml") || name.ends_with(".yml") ||
         name.ends_with(".json");
}

class Findings {
 public:
  void Add(const std::string& file, const ServiceProblem& problem) {
    if (all_.size() >= kFindingsMax) return;
    all_.push_back({.file = Printable(file),
                    .line = problem.mark.line,
                    .column = problem.mark.column,
                    .severity = problem.severity,
                    .code = problem.code,
                    .subject = problem.subject,
                    .message = problem.message,
                    .hint = problem.hint});
  }
  void Add(const std::string& file, const YamlProblem& problem) {
    Add(file, ServiceProblem{.mark = problem.mark,
                             .severity = problem.severity,
                             .code = std::string(problem.code),
                             .subject = "",
                             .message = problem.message,
                             .hint = problem.hint});
  }
  std::vector<Finding> Take() {
    std::ranges::sort(all_);
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    return std::move(all_);
  }

 private:
  std::vector<Finding> all_;
};

// Two Compose services that make one service of ours are told apart by nobody.
void CheckClaims(const ComposeReading& reading,
                 const std::map<std::string, CheckedService>& checked, Findings& findings) {
  std::map<ServiceName, std::pair<const ComposeService*, std::uint16_t>> claims;
  for (const auto& [name, one] : checked) {
    if (!one.spec || !one.spec->routable || one.spec->port == 0) continue;
    const ComposeService& service = reading.project.services.at(name);
    const auto [claim, is_first] = claims.try_emplace(one.spec->name, &service, one.spec->port);
    if (is_first || claim->second.second == one.spec->port) continue;
    findings.Add(reading.file_names.at(service.mark.file),
                 ServiceProblem{.mark = service.mark,
                                .severity = spec::Severity::kWarning,
                                .code = std::string(codes::kServiceClaimedTwice),
                                .subject = "fairlead.service",
                                .message = fmt::format(
                                    "{} is made by the Compose service {}, too, on port {} instead "
                                    "of {}; the newest container's port wins",
                                    one.spec->name.Text(), Printable(claim->second.first->name, 80),
                                    claim->second.second, one.spec->port),
                                .hint = "give one of them another fairlead.service"});
  }
}

bool LintCompose(const LintInput& input, Findings& findings) {
  const ComposeReading reading = ReadComposeFiles(input.sources);
  for (const YamlProblem& problem : reading.problems)
    findings.Add(reading.file_names.at(problem.mark.file), problem);
  const std::string& named = reading.project.name;
  const std::string project = !named.empty() ? named : input.project;
  std::map<std::string, CheckedService> checked;
  bool is_managed = !reading.problems.empty();  // unreadable: nobody knows
  for (const auto& [name, service] : reading.project.services) {
    CheckedService& one = checked[name] = CheckService(service, reading.project, project);
    is_managed = is_managed || one.opted_in || !one.problems.empty();
    for (const ServiceProblem& problem : one.problems)
      findings.Add(reading.file_names.at(problem.mark.file), problem);
  }
  CheckClaims(reading, checked, findings);
  return is_managed;
}

// KEY=VALUE lines; empty ones and those that begin with # are passed over.
bool LintLabelSet(const ComposeSources::File& file, Findings& findings) {
  std::map<std::string, Placed> labels;
  const auto fail = [&](std::size_t line, std::string_view code, const std::string& message,
                        const std::string& hint) {
    findings.Add(file.name, ServiceProblem{.mark = {.file = 0, .line = line},
                                           .severity = spec::Severity::kError,
                                           .code = std::string(code),
                                           .subject = "",
                                           .message = message,
                                           .hint = hint});
  };
  if (file.text.size() > kFileBytesMax) {
    fail(1, codes::kFileTooBig, "the file is larger than 1 MiB", "no label set is");
    return true;
  }
  std::size_t line_number = 0;
  for (std::string_view rest = file.text; !rest.empty();) {
    ++line_number;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view key = line.substr(0, equals);
    const bool has_blank = key.find_first_of(" \t") != std::string_view::npos;
    if (key.empty() || has_blank) {
      fail(line_number, codes::kLabelLine, "\"" + Printable(line, 80) + "\" is not KEY=VALUE",
           "write one label a line, without blanks around the =");
      continue;
    }
    labels[std::string(key)] = {.text = std::string(line.substr(std::min(equals + 1, line.size()))),
                                .mark = {.file = 0, .line = line_number}};
  }
  const CheckedService checked = CheckLabelSet(labels);
  for (const ServiceProblem& problem : checked.problems) findings.Add(file.name, problem);
  return checked.opted_in || !checked.problems.empty();
}

}  // namespace

std::string Finding::Text() const {
  std::string text =
      fmt::format("{}:{}:{}: {}: {}: ", file, line, column, spec::SeverityName(severity), code);
  if (!subject.empty()) text += subject + ": ";
  text += message;
  return hint.empty() ? text : text + "; " + hint;
}

std::vector<Finding> Lint(const LintInput& input) {
  Findings findings;
  LintInput compose = input;
  std::erase_if(compose.sources.files,
                [](const ComposeSources::File& file) { return !IsCompose(file.name); });
  bool is_managed = false;
  if (!compose.sources.files.empty()) is_managed = LintCompose(compose, findings);
  for (const ComposeSources::File& file : input.sources.files) {
    if (!IsCompose(file.name)) is_managed = LintLabelSet(file, findings) || is_managed;
  }
  if (!is_managed && !input.sources.files.empty()) {
    findings.Add(input.sources.files.front().name,
                 ServiceProblem{.mark = {},
                                .severity = spec::Severity::kWarning,
                                .code = std::string(codes::kNothingManaged),
                                .subject = "fairlead.enable",
                                .message = "nothing here asks fairlead to manage it",
                                .hint = "add fairlead.enable=true to the labels of a service"});
  }
  return findings.Take();
}

}  // namespace fairlead::lint
