// The stable codes of what lint finds beside those of labels (spec/diagnostic_codes.h).
//
// Why one list: as there; manifests/README.md explains each, and a test proves it.
#pragma once

#include <array>
#include <string_view>

#include "spec/diagnostic_codes.h"

namespace fairlead::lint::codes {

inline constexpr std::string_view kFileUnreadable = "file-unreadable";
inline constexpr std::string_view kFileTooBig = "file-too-big";
inline constexpr std::string_view kYamlSyntax = "yaml-syntax";
inline constexpr std::string_view kYamlTooDeep = "yaml-too-deep";
inline constexpr std::string_view kYamlTooLarge = "yaml-too-large";
inline constexpr std::string_view kYamlDuplicateKey = "yaml-duplicate-key";
inline constexpr std::string_view kYamlDocuments = "yaml-several-documents";
inline constexpr std::string_view kComposeShape = "compose-shape";
inline constexpr std::string_view kComposeExtends = "compose-extends";
inline constexpr std::string_view kComposeInclude = "compose-include";
inline constexpr std::string_view kComposeLabelFile = "compose-label-file";
inline constexpr std::string_view kVariableUnset = "variable-unset";
inline constexpr std::string_view kLabelLine = "label-line";
inline constexpr std::string_view kLabelsUnderDeploy = "labels-under-deploy";
inline constexpr std::string_view kContainerNameScaled = "container-name-scaled";
inline constexpr std::string_view kNetworkNone = "network-none";
inline constexpr std::string_view kStopGraceShort = "stop-grace-short";
inline constexpr std::string_view kStartPeriodShort = "start-period-short";
inline constexpr std::string_view kBudgetUnreachable = "budget-unreachable";
inline constexpr std::string_view kMinAvailableForbids = "min-available-forbids";
inline constexpr std::string_view kServiceClaimedTwice = "service-claimed-twice";
inline constexpr std::string_view kNothingManaged = "nothing-managed";

inline constexpr auto kAll = std::to_array<spec::codes::CodeMeaning>({
    {kFileUnreadable, "the file cannot be read"},
    {kFileTooBig, "the file is larger than 1 MiB"},
    {kYamlSyntax, "the file is no YAML: bytes that are no text, or text that is not well formed"},
    {kYamlTooDeep, "the file nests deeper than 64 levels"},
    {kYamlTooLarge, "the file has more than 100000 values, merged ones included"},
    {kYamlDuplicateKey, "one key is written twice in the same mapping"},
    {kYamlDocuments, "the file has more than one document, or none"},
    {kComposeShape, "a part of a Compose file is of another kind than Compose takes there"},
    {kComposeExtends, "the service that is extended is not there, or extends itself"},
    {kComposeInclude, "included files are not looked at: lint them, too"},
    {kComposeLabelFile, "label files are not looked at: lint them, too"},
    {kVariableUnset, "a variable without value or default: Compose puts nothing in its place"},
    {kLabelLine, "a line of a label set is not KEY=VALUE"},
    {kLabelsUnderDeploy, "labels under `deploy` are those of a Swarm service, not of containers"},
    {kContainerNameScaled, "a container name of its own beside more than one replica"},
    {kNetworkNone, "the container has no network, so no caller reaches it"},
    {kStopGraceShort, "the engine kills the container before its drain may have ended"},
    {kStartPeriodShort, "the start period is shorter than that of the container's health check"},
    {kBudgetUnreachable, "back-off spreads the restarts so far that the budget never ends them"},
    {kMinAvailableForbids, "no replica that is available may ever be drained or restarted"},
    {kServiceClaimedTwice, "two Compose services make one service, with different ports"},
    {kNothingManaged, "nothing in the files asks fairlead to manage it"},
});

}  // namespace fairlead::lint::codes
