// The whole visible outcome of reading labels, as text: what differs from the defaults, and each
// diagnostic with its hint.
#pragma once

#include <string>

#include "spec/container_facts.h"
#include "spec/read_labels.h"

namespace fairlead::spec {

std::string ShowReading(const LabelReading& reading, const ContainerFacts& facts);

}  // namespace fairlead::spec
