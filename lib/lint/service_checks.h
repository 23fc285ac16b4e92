// ServiceChecks: one service of a Compose project, read as the host would read its containers, and
// held against what the file says beside its labels. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/compose_file.h"
#include "spec/read_labels.h"

namespace fairlead::lint {

// Something wrong with one service: `subject` is a label or a key of Compose.
struct ServiceProblem {
  Mark mark;
  spec::Severity severity = spec::Severity::kWarning;
  std::string code;
  std::string subject;
  std::string message;
  std::string hint;
};

struct CheckedService {
  bool opted_in = false;
  std::optional<spec::ServiceSpec> spec;  // none when a label is wrong, or what decides is not here
  std::vector<ServiceProblem> problems;
};

// `project`: its name, made valid by Compose.
CheckedService CheckService(const ComposeService& service, const ComposeProject& compose,
                            const std::string& project);

// The labels of a container that is not Compose's.
CheckedService CheckLabelSet(const std::map<std::string, Placed>& labels);

}  // namespace fairlead::lint
