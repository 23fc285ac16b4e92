// Brings a spec whose single values are valid into agreement with itself and its container.
//
// Rule: of two labels that cannot both hold, the safer reading wins (later repair, fewer acts) and
// the person who wrote them is told which. Where only one of the two was written, the other is a
// default and adapts silently.
#pragma once

#include "spec/container_facts.h"
#include "spec/label_reader.h"
#include "spec/service_spec.h"

namespace fairlead::spec {

void SettleContradictions(const ContainerFacts& facts, ServiceSpec& spec, LabelReader& reader);

// Reports labels that do nothing beside the health protocol, the balancing policy or the absence of
// retries that the container asks for.
void ReportLabelsWithoutEffect(const ServiceSpec& spec, LabelReader& reader);

}  // namespace fairlead::spec
