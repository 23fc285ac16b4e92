// The stable words that tell programs why a question or an act came to nothing, where the code
// alone does not say it: Error::reason, google.rpc.ErrorInfo.reason. Pure.
//
// Why one list: scripts branch on a word, so none is renamed or used for something else; a test
// proves that manifests/README.md has each one, and that no other word is written anywhere.
#pragma once

#include <string_view>

namespace fairlead::reasons {

inline constexpr const char* kActDropped = "ACT_DROPPED";
inline constexpr const char* kActUnderWay = "ACT_UNDER_WAY";
inline constexpr const char* kAmbiguousName = "AMBIGUOUS_NAME";
inline constexpr const char* kAutoRemove = "AUTO_REMOVE";
inline constexpr const char* kClientsBehind = "CLIENTS_BEHIND";
inline constexpr const char* kDaemonStopping = "DAEMON_STOPPING";
inline constexpr const char* kDiagnosisUnderWay = "DIAGNOSIS_UNDER_WAY";
inline constexpr const char* kDiedAgain = "DIED_AGAIN";
inline constexpr const char* kEngineSilent = "ENGINE_SILENT";
inline constexpr const char* kForeignPage = "FOREIGN_PAGE";
inline constexpr const char* kIsFairlead = "IS_FAIRLEAD";
inline constexpr const char* kLintUnderWay = "LINT_UNDER_WAY";
inline constexpr const char* kMinAvailable = "MIN_AVAILABLE";
inline constexpr const char* kNetworkShared = "NETWORK_SHARED";
inline constexpr const char* kNotManaged = "NOT_MANAGED";
inline constexpr const char* kNotPaused = "NOT_PAUSED";
inline constexpr const char* kNotReadyInTime = "NOT_READY_IN_TIME";
inline constexpr const char* kNotRecorded = "NOT_RECORDED";
inline constexpr const char* kNotServingYet = "NOT_SERVING_YET";
inline constexpr const char* kNoSuchClient = "NO_SUCH_CLIENT";
inline constexpr const char* kNoSuchField = "NO_SUCH_FIELD";
inline constexpr const char* kNoSuchReplica = "NO_SUCH_REPLICA";
inline constexpr const char* kNoSuchScope = "NO_SUCH_SCOPE";
inline constexpr const char* kNoSuchService = "NO_SUCH_SERVICE";
inline constexpr const char* kObserveOnly = "OBSERVE_ONLY";
inline constexpr const char* kReasonMissing = "REASON_MISSING";
inline constexpr const char* kRoleMissing = "ROLE_MISSING";
inline constexpr const char* kTokenMissing = "TOKEN_MISSING";
inline constexpr const char* kTooManyCommands = "TOO_MANY_COMMANDS";
inline constexpr const char* kTooManyPauses = "TOO_MANY_PAUSES";
inline constexpr const char* kTooManyQuestions = "TOO_MANY_QUESTIONS";
inline constexpr const char* kTooManyReaders = "TOO_MANY_READERS";
inline constexpr const char* kUndrained = "UNDRAINED";

struct Meaning {
  std::string_view reason;
  std::string_view meaning;
};

// In the order of the words.
inline constexpr Meaning kAll[] = {
    {kActDropped, "what the act was for changed before it began; nothing was done"},
    {kActUnderWay, "another act on that replica has to end first"},
    {kAmbiguousName, "the name fits more than one; the message lists some of them"},
    {kAutoRemove,
     "the engine would remove the container when it stops; `force` does it all the same"},
    {kClientsBehind,
     "drained, and stays so: not every client has taken the list without it in `drain.timeout`"},
    {kDaemonStopping, "the daemon ends; ask the next one"},
    {kDiagnosisUnderWay, "one diagnosis at a time"},
    {kDiedAgain, "it was restarted, and its process ended again"},
    {kEngineSilent, "the engine did not answer in time"},
    {kForeignPage, "HTTP: a page of another origin may not act"},
    {kIsFairlead, "fairlead does not restart or evict itself"},
    {kLintUnderWay, "files are looked at for one caller at a time"},
    {kMinAvailable,
     "fewer than `repair.min-available` would be left; `force` does it all the same"},
    {kNetworkShared, "others share its network and would lose it; `force` does it all the same"},
    {kNotManaged, "the container is known, and fairlead does not manage it"},
    {kNotPaused, "there is no such pause to end"},
    {kNotReadyInTime, "it was restarted, and was not ready in the time that its checks give it"},
    {kNotRecorded, "the act could not be written into `state_dir`, so it was not done"},
    {kNotServingYet, "the daemon has no whole picture yet, or lost the engine"},
    {kNoSuchClient, "no client of that number is connected"},
    {kNoSuchField, "a path of `read_mask` is no field of the items"},
    {kNoSuchReplica, "nothing of that name or id is known"},
    {kNoSuchScope, "there is nothing of that name to pause or resume"},
    {kNoSuchService, "no service of that name is known"},
    {kObserveOnly, "`policy.observe_only` is on"},
    {kReasonMissing, "`force` needs a `reason`"},
    {kRoleMissing,
     "who asks has not the role that it takes; the message says which and what to do"},
    {kTokenMissing, "HTTP: what acts needs the token of `http.token`"},
    {kTooManyCommands, "64 commands are under way already"},
    {kTooManyPauses, "256 pauses are in force already"},
    {kTooManyQuestions, "64 explanations are being made already"},
    {kTooManyReaders, "64 readers follow events or endpoints already"},
    {kUndrained, "somebody undrained it meanwhile"},
};

}  // namespace fairlead::reasons
