// The stable codes of diagnostics, all of them, with what each tells.
//
// Why one list: scripts and alerts branch on a code, so a code is never renamed and never reused;
// a test proves that manifests/README.md explains each one and that nothing else is ever reported.
#pragma once

#include <array>
#include <string_view>

namespace fairlead::spec::codes {

// Labels: values.
inline constexpr std::string_view kLabelEmpty = "label-empty";
inline constexpr std::string_view kLabelTooLong = "label-too-long";
inline constexpr std::string_view kLabelBadBoolean = "label-bad-boolean";
inline constexpr std::string_view kLabelBadInteger = "label-bad-integer";
inline constexpr std::string_view kLabelBadDuration = "label-bad-duration";
inline constexpr std::string_view kLabelBadPort = "label-bad-port";
inline constexpr std::string_view kLabelBadChoice = "label-bad-choice";
inline constexpr std::string_view kLabelBadName = "label-bad-name";
inline constexpr std::string_view kLabelBadText = "label-bad-text";
inline constexpr std::string_view kLabelBadCount = "label-bad-count";
inline constexpr std::string_view kLabelBadStatus = "label-bad-status";
inline constexpr std::string_view kLabelBadRange = "label-bad-range";
inline constexpr std::string_view kLabelOutOfRange = "label-out-of-range";
// Labels: keys and combinations.
inline constexpr std::string_view kLabelUnknown = "label-unknown";
inline constexpr std::string_view kLabelNotEnabled = "label-not-enabled";
inline constexpr std::string_view kLabelContradiction = "label-contradiction";
inline constexpr std::string_view kLabelNoEffect = "label-no-effect";
inline constexpr std::string_view kLabelNotInForce = "label-not-in-force";
// The container that carries the labels.
inline constexpr std::string_view kServiceRequired = "service-required";
inline constexpr std::string_view kProjectRefused = "project-refused";
inline constexpr std::string_view kPortRequired = "port-required";
inline constexpr std::string_view kHealthcheckMissing = "healthcheck-missing";
inline constexpr std::string_view kTlsProfileUnknown = "tls-profile-unknown";
inline constexpr std::string_view kNetworkUnknown = "network-unknown";
inline constexpr std::string_view kRestartPolicyConflict = "restart-policy-conflict";
inline constexpr std::string_view kComposeOneOff = "compose-one-off";
inline constexpr std::string_view kComposeHook = "compose-hook";
inline constexpr std::string_view kCheckByPublishedPort = "check-by-published-port";
inline constexpr std::string_view kCheckNoWay = "check-no-way";
inline constexpr std::string_view kLivenessNameUnknown = "liveness-name-unknown";
inline constexpr std::string_view kPingRefused = "ping-refused";
// Config.
inline constexpr std::string_view kConfigUnreadable = "config-unreadable";
inline constexpr std::string_view kConfigSyntax = "config-syntax";
inline constexpr std::string_view kConfigTooDeep = "config-too-deep";
inline constexpr std::string_view kConfigDuplicateKey = "config-duplicate-key";
inline constexpr std::string_view kConfigUnknownKey = "config-unknown-key";
inline constexpr std::string_view kConfigUnexpectedArgument = "config-unexpected-argument";
inline constexpr std::string_view kConfigWrongType = "config-wrong-type";
inline constexpr std::string_view kConfigBadValue = "config-bad-value";
inline constexpr std::string_view kConfigPlaintextRefused = "config-plaintext-refused";
inline constexpr std::string_view kConfigListenerClash = "config-listener-clash";
inline constexpr std::string_view kConfigNotInForce = "config-not-in-force";

struct CodeMeaning {
  std::string_view code;
  std::string_view meaning;
};

inline constexpr auto kAll = std::to_array<CodeMeaning>({
    {kLabelEmpty, "the label is there but has no value"},
    {kLabelTooLong, "the value is longer than 1024 bytes"},
    {kLabelBadBoolean, "not one of true, false, yes, no, on, off, 1, 0"},
    {kLabelBadInteger, "not a plain whole number"},
    {kLabelBadDuration, "not a duration such as 500ms, 2s or 1m30s"},
    {kLabelBadPort, "not a TCP port from 1 to 65535"},
    {kLabelBadChoice, "not one of the label's words"},
    {kLabelBadName, "a name with characters or a length that its kind does not allow"},
    {kLabelBadText, "a text with characters or a length that its kind does not allow"},
    {kLabelBadCount, "neither a count such as 2 nor a percentage such as 50%"},
    {kLabelBadStatus, "not a gRPC status that clients can retry on"},
    {kLabelBadRange, "not a range of durations such as 50ms..1s"},
    {kLabelOutOfRange, "well written, but outside the label's range"},
    {kLabelUnknown, "a fairlead label that does not exist, often a typing error"},
    {kLabelNotEnabled, "fairlead labels on a container without fairlead.enable=true"},
    {kLabelContradiction, "two labels that cannot both hold; the message says which one won"},
    {kLabelNoEffect, "the label does nothing beside the container's other labels"},
    {kLabelNotInForce, "the label is understood, but this version does not act on it yet"},
    {kServiceRequired, "the service has no name that can be used"},
    {kProjectRefused, "a Compose container asks for a place in another project"},
    {kPortRequired, "nothing says on which port the container serves"},
    {kHealthcheckMissing, "health.protocol=docker on a container without a HEALTHCHECK"},
    {kTlsProfileUnknown,
     "health.tls or engine.tls names a profile that the host's config does not have"},
    {kNetworkUnknown, "the container is not attached to the network of fairlead.network"},
    {kRestartPolicyConflict, "the engine's restart policy works against fairlead.repair"},
    {kComposeOneOff, "made by `docker compose run`, so no replica of its service"},
    {kComposeHook, "runs a hook of a Compose service, so no replica of it"},
    {kCheckByPublishedPort, "no route to the replica from here, so a published port is asked"},
    {kCheckNoWay, "no route to the replica from here, nor any other way: it is not checked"},
    {kLivenessNameUnknown, "the server does not know the health name of fairlead.liveness.service"},
    {kPingRefused,
     "the server ends connections because of fairlead.health.ping: only checks ask it"},
    {kConfigUnreadable, "the config file cannot be read"},
    {kConfigSyntax, "the config is not JSON (comments are allowed)"},
    {kConfigTooDeep, "the config nests deeper than 32 levels"},
    {kConfigDuplicateKey, "one key is written twice in the same place"},
    {kConfigUnknownKey, "a key, flag or FAIRLEAD_ variable that does not exist"},
    {kConfigUnexpectedArgument, "a word on the command line that is no flag"},
    {kConfigWrongType, "a value of another type than the key's"},
    {kConfigBadValue, "a value of the right type that the key does not allow"},
    {kConfigPlaintextRefused, "unencrypted traffic off the loopback interface"},
    {kConfigListenerClash, "one address is listened on twice"},
    {kConfigNotInForce, "the key is understood, but this version does not act on it yet"},
});

}  // namespace fairlead::spec::codes
