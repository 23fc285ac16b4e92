// FindingMessage: a finding as the API tells it. Header-only, for who has the API's messages: the
// daemon that is asked, and the command that looks by itself.
#pragma once

#include <cstdint>

#include "fairlead/admin/v1/admin.pb.h"
#include "lint/finding.h"

namespace fairlead::admin {

inline v1::LintFinding FindingMessage(const lint::Finding& finding) {
  v1::LintFinding out;
  out.set_file(finding.file);
  out.set_line(static_cast<std::int32_t>(finding.line));
  out.set_column(static_cast<std::int32_t>(finding.column));
  v1::Diagnostic& diagnostic = *out.mutable_diagnostic();
  diagnostic.set_severity(finding.severity == spec::Severity::kError ? v1::SEVERITY_ERROR
                                                                     : v1::SEVERITY_WARNING);
  diagnostic.set_code(finding.code);
  diagnostic.set_subject(finding.subject);
  diagnostic.set_message(finding.message);
  diagnostic.set_hint(finding.hint);
  return out;
}

}  // namespace fairlead::admin
