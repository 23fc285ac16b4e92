// Finds labels that were meant for fairlead but are not in its table.
//
// Why: a label is only text to the engine, so a typing error would otherwise be silence.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "spec/label_reader.h"

namespace fairlead::spec {

// Known labels are looked up by name, so these bound only the search for mistyped ones.
inline constexpr std::size_t kLabelsScannedMax = 4096;  // a container has tens
inline constexpr std::size_t kUnknownLabelsToldMax = 16;

// Reports (label-unknown) each key that begins with "fairlead." but is no label, and each that
// begins like it (`Fairlead.enable`, `fairlead_port`), with a did-you-mean.
void ReportUnknownLabels(const std::map<std::string, std::string>& labels, LabelReader& reader);

// True if any label begins with "fairlead.".
bool HasOurLabels(const std::map<std::string, std::string>& labels);

}  // namespace fairlead::spec
