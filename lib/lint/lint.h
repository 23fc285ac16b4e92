// Lint: what is wrong with the labels in Compose files and label sets, before anything runs. Pure.
//
// Why here and not in the daemon: who writes a file wants to know now, at its line, without a host.
// The labels are read by spec::ReadLabels, which reads them on the host, too; what lint adds needs
// the file: how many replicas there are, what Compose does with them, what stands in another place.
// Reading costs a bounded time and memory, whatever the bytes.
#pragma once

#include <vector>

#include "lint/compose_file.h"
#include "lint/finding.h"

namespace fairlead::lint {

struct LintInput {
  // Compose files are merged, in this order. A file whose name does not end in .yaml, .yml or
  // .json, and that is not "-", is a label set: KEY=VALUE lines, as `docker run --label-file` takes
  // them.
  ComposeSources sources;
  std::string project;  // of Compose, where the files do not name it
};

// Ordered by file, line, column.
std::vector<Finding> Lint(const LintInput& input);

}  // namespace fairlead::lint
