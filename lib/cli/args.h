// Args: what was typed, checked. Pure.
//
// Why by hand and as a table: help, errors with a did-you-mean, completion and manual pages come
// from one description of the verbs; and a parser library costs more to compile than all of this
// module.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/rfc3339.h"

namespace fairlead::cli {

enum class Verb {
  kStatus,
  kServices,
  kReplicas,
  kClients,
  kExplain,
  kDiagnose,
  kEvents,
  kRestart,
  kDrain,
  kUndrain,
  kEvict,
  kPause,
  kResume,
  kRollout,
  kBootstrap,
  kDashboard,
  kLint,
  kConfig,
  kTls,
  kLogLevel,
  kTop,
  kCompletion,
  kCompleteWords,
  kVersion,
  kHelp,
};

enum class Operand { kNone, kOptional, kRequired, kTwo, kMany, kAny };

struct VerbSpec {
  Verb verb;
  std::string_view name;
  std::string_view operand_name;  // REPLICA, SERVICE, CLIENT, FILE..., VERB, or the words, "a|b"
  Operand operand;
  std::string_view options;  // the long options it takes besides the general ones, space-separated
  std::string_view summary;
  bool is_hidden = false;  // for scripts of ours: no help tells of it
};

struct OptionSpec {
  std::string_view name;
  std::string_view value_name;  // empty for a switch
  bool is_general;
  std::string_view summary;
};

std::span<const VerbSpec> Verbs();
std::span<const OptionSpec> Options();
const VerbSpec* FindVerb(std::string_view name);
bool Takes(const VerbSpec& verb, const OptionSpec& option);

enum class Output { kTable, kJson };

// How the daemon is spoken to by TLS. All empty: it is not.
struct TlsFiles {
  std::string ca;    // file of the authorities that may sign the daemon's certificate
  std::string cert;  // files of ours and its key
  std::string key;
  std::string server_name;  // in the daemon's certificate, in place of the host that is dialled
  bool operator==(const TlsFiles&) const = default;
};

struct Args {
  Verb verb = Verb::kHelp;
  std::optional<Verb> help_for;       // kHelp: of one verb, else of the whole command
  std::vector<std::string> operands;  // FILE...
  std::string operand;  // the first: SERVICE, REPLICA, CLIENT, grpc|envoy; may be empty
  Output output = Output::kTable;
  std::string admin;  // from --admin; empty = environment or default
  TlsFiles admin_tls;
  bool follow = false;
  Duration since = std::chrono::hours(1);
  std::optional<UnixTime> since_time;  // in place of `since`
  std::string service;                 // pause, resume: this scope, if any
  std::string project;                 // the same; rollout: the Compose project
  bool force = false;
  std::string reason;
  bool tcp = false;
  std::string tls_directory;  // bootstrap: where the client has its files for TLS to services
  bool wide = false;
  bool tls = false;                            // diagnose: the client dials with TLS
  std::string name;                            // diagnose: the name that it dials
  bool strict = false;                         // lint: warnings are a no, too
  Duration timeout = std::chrono::minutes(5);  // how long an act is waited for
  std::vector<std::string> files;              // rollout: Compose files in place of the containers'
  std::optional<int> scale;                    // rollout: replicas in the end, 1..10,000
  int batch = 1;                               // rollout: new ones at a time, 1..100
  bool dry_run = false;
  bool is_once = false;  // top: one picture
};

// `arguments` without the program's name. kInvalidArgument: the message says what to type instead.
Result<Args> ParseArgs(std::span<const std::string> arguments);

// The whole help, or that of one verb; lines of at most 100 columns.
std::string HelpText(std::optional<Verb> verb);

}  // namespace fairlead::cli
