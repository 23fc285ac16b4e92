// ReadLabels: labels -> ServiceSpec + diagnostics. Pure, never fails, never throws.
//
// Why: labels are requests written by container authors; the host's config is authority. A bad
// value is a diagnostic with a hint, and its default is used where that is safe; where it is not
// (no port, no service name, another project's name) the container is not managed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spec/container_facts.h"
#include "spec/diagnostic.h"
#include "spec/service_spec.h"

namespace fairlead::spec {

// The host's say: defaults for any label (key without "fairlead.", value as in a label), which
// foreign projects a container may claim, and which TLS profiles exist.
struct HostPolicy {
  std::map<std::string, std::string> defaults = {};
  std::set<std::string> projects_allowed = {};
  std::set<std::string> tls_profiles = {};
  bool observe_only = false;
};

struct LabelReading {
  // fairlead.enable (or autoheal) asks for management. False with diagnostics is possible: labels
  // that look meant for us but do not say so (`fairlead.enable=ture`).
  bool opted_in = false;
  std::optional<ServiceSpec> spec;      // nothing = not managed; diagnostics say why
  std::vector<Diagnostic> diagnostics;  // ordered by subject, code
};

LabelReading ReadLabels(const ContainerFacts& facts, const HostPolicy& policy);

}  // namespace fairlead::spec
