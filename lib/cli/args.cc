#include "cli/args.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "cli/rfc3339.h"

namespace fairlead::cli {
namespace {

constexpr int kScaleMax = 10'000;  // a typing error beyond
constexpr int kBatchMax = 100;

constexpr auto kVerbs = std::to_array<VerbSpec>({
    {Verb::kStatus, "status", "", Operand::kNone, "", "the daemon, the engine, and what is wrong"},
    {Verb::kServices, "services", "", Operand::kNone, "", "services and how many replicas serve"},
    {Verb::kReplicas, "replicas", "SERVICE", Operand::kOptional, "",
     "replicas: in or out of rotation, and why"},
    {Verb::kClients, "clients", "CLIENT", Operand::kOptional, "wide",
     "who gets lists from here, and what they said to them"},
    {Verb::kExplain, "explain", "REPLICA", Operand::kRequired, "",
     "why a replica (or a SERVICE) is in or out, and what happens next"},
    {Verb::kDiagnose, "diagnose", "CLIENT SERVICE", Operand::kTwo, "tls name",
     "why calls from a container to a service fail, step by step"},
    {Verb::kEvents, "events", "", Operand::kNone, "follow since",
     "what happened and what fairlead did"},
    {Verb::kTop, "top", "", Operand::kNone, "once",
     "a live view of the replicas, what is out first; q ends it"},
    {Verb::kRestart, "restart", "REPLICA", Operand::kRequired, "dry-run force reason timeout",
     "drain a replica, restart its container, wait until it is back"},
    {Verb::kDrain, "drain", "REPLICA", Operand::kRequired, "dry-run force reason timeout",
     "take a replica out of rotation; it keeps running"},
    {Verb::kUndrain, "undrain", "REPLICA", Operand::kRequired, "dry-run reason timeout",
     "let a drained or evicted replica take part again"},
    {Verb::kEvict, "evict", "REPLICA", Operand::kRequired, "dry-run force reason timeout",
     "drain a replica, stop its container, leave it stopped"},
    {Verb::kPause, "pause", "REPLICA", Operand::kOptional, "service project reason timeout",
     "begin no repair in a scope; without one, on this whole host"},
    {Verb::kResume, "resume", "REPLICA", Operand::kOptional, "service project reason timeout",
     "end the pause of exactly that scope"},
    {Verb::kRollout, "rollout", "SERVICE", Operand::kRequired,
     "batch dry-run file project scale timeout",
     "replace a Compose service's replicas one by one by what its file says now"},
    {Verb::kBootstrap, "bootstrap", "grpc|envoy", Operand::kRequired, "tcp tls-dir",
     "print the file that points a client or an Envoy here"},
    {Verb::kDashboard, "dashboard", "", Operand::kNone, "",
     "print the address of the page for a browser, with the token to act"},
    {Verb::kLint, "lint", "FILE...", Operand::kMany, "strict",
     "what is wrong with labels in Compose files or label sets; no daemon"},
    {Verb::kConfig, "config", "", Operand::kNone, "",
     "the daemon's configuration in force, and where each value comes from"},
    {Verb::kTls, "tls", "SERVICE", Operand::kOptional, "",
     "certificates in use, or how far a service is from plaintext to TLS"},
    {Verb::kLogLevel, "log-level", "debug|info|warn|error", Operand::kRequired, "",
     "what the daemon's log tells from now on, until a reload or its end"},
    {Verb::kCompletion, "completion", "bash|zsh", Operand::kRequired, "",
     "print the script by which a shell completes this command"},
    {Verb::kCompleteWords, "complete-words", "WORD...", Operand::kAny, "",
     "what may stand in place of the last word", true},
    {Verb::kVersion, "version", "", Operand::kNone, "", "versions of this command and the daemon"},
    {Verb::kHelp, "help", "VERB", Operand::kOptional, "", "this text, or that of one verb"},
});

constexpr auto kOptions = std::to_array<OptionSpec>({
    {"admin", "ADDRESS", true,
     "unix:/PATH or HOST:PORT of the daemon (FAIRLEAD_ADMIN or the usual socket)"},
    {"ca", "FILE", true, "authorities that may have signed the daemon's certificate: speak TLS"},
    {"cert", "FILE", true, "our certificate, where the daemon asks for one; with --key: speak TLS"},
    {"key", "FILE", true, "its key"},
    {"server-name", "NAME", true,
     "the daemon's name in its certificate, if it is not dialled by it"},
    {"output", "table|json", true, "how to print; json is the API's own JSON (table)"},
    {"follow", "", false, "go on with new events until interrupted"},
    {"since", "WHEN", false, "how far to look back, as 90s or 1h30m, or 2026-01-31T08:00:00Z (1h)"},
    {"service", "SERVICE", false, "all replicas of this service"},
    {"project", "PROJECT", false, "all services of this project; rollout: of this Compose project"},
    {"file", "FILE", false, "Compose file, may be repeated (those that the containers came from)"},
    {"scale", "N", false, "how many replicas there shall be (as the Compose file says)"},
    {"batch", "N", false, "how many new ones are started beside the old at a time (1)"},
    {"dry-run", "", false,
     "only tell what would be done (rollout makes one container and removes it)"},
    {"force", "", false, "even if fewer than min-available stay; needs --reason"},
    {"reason", "TEXT", false, "why, for the record; at most 256 bytes"},
    {"tcp", "", false, "use the first TCP listener instead of the first unix socket"},
    {"tls", "", false, "the client dials with TLS"},
    {"tls-dir", "DIRECTORY", false,
     "it speaks TLS to services, by its tls.crt, tls.key and ca.crt there"},
    {"name", "NAME", false, "the name that the client dials (the Compose service's)"},
    {"once", "", false, "one picture, as text"},
    {"strict", "", false, "warnings count as errors"},
    {"wide", "", false, "more columns, each as wide as it needs"},
    {"timeout", "DURATION", false,
     "how long to wait for an act, which goes on without you; rollout: each (5m)"},
});

const VerbSpec& SpecOf(Verb verb) {
  return *std::find_if(kVerbs.begin(), kVerbs.end(),
                       [&](const VerbSpec& spec) { return spec.verb == verb; });
}

// Levenshtein distance, for did-you-mean; words here are short.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row[b.size()];
}

template <class Specs>
std::string DidYouMean(const Specs& specs, std::string_view typed, std::string_view prefix) {
  std::string_view best;
  std::size_t distance = 3;  // two slips of the finger, not another word
  for (const auto& spec : specs) {
    if constexpr (requires { spec.is_hidden; }) {
      if (spec.is_hidden) continue;
    }
    const std::size_t here = EditDistance(typed.substr(0, 32), spec.name);
    if (here < distance) {
      distance = here;
      best = spec.name;
    }
  }
  return best.empty() ? "" : fmt::format("; did you mean \"{}{}\"?", prefix, best);
}

std::unexpected<Error> Wrong(const std::string& message) {
  return Fail(Code::kInvalidArgument, message);
}

Result<> SetDuration(std::string_view option, const std::string& value, Duration& out) {
  const std::optional<Duration> parsed = ParseDuration(value);
  if (!parsed || *parsed <= Duration::zero()) {
    return Wrong(fmt::format("--{}: \"{}\" is no duration; write it as 30s, 5m or 1h30m", option,
                             Printable(value)));
  }
  out = *parsed;
  return {};
}

// A time ago, or a time.
Result<> SetSince(const std::string& value, Args& args) {
  args.since_time = ParseRfc3339(value);
  if (args.since_time) return {};
  const std::optional<Duration> parsed = ParseDuration(value);
  if (!parsed || *parsed <= Duration::zero()) {
    return Wrong(
        fmt::format("--since: \"{}\" is neither a duration such as 90s or 1h30m nor a time "
                    "such as 2026-01-31T08:00:00Z",
                    Printable(value)));
  }
  args.since = *parsed;
  return {};
}

Result<> SetNumber(std::string_view option, const std::string& value, int max, int& out) {
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > max) {
    return Wrong(
        fmt::format("--{}: \"{}\" is no number from 1 to {}", option, Printable(value), max));
  }
  out = number;
  return {};
}

Result<> SetOption(std::string_view name, const std::string& value, Args& args) {
  if (name == "follow") args.follow = true;
  if (name == "dry-run") args.dry_run = true;
  if (name == "once") args.is_once = true;
  if (name == "batch") return SetNumber(name, value, kBatchMax, args.batch);
  if (name == "scale") return SetNumber(name, value, kScaleMax, args.scale.emplace());
  if (name == "file") {
    if (value.empty()) return Wrong("--file: is empty");
    args.files.push_back(value);
  }
  if (name == "force") args.force = true;
  if (name == "tcp") args.tcp = true;
  if (name == "wide") args.wide = true;
  if (name == "strict") args.strict = true;
  if (name == "tls") args.tls = true;
  if (name == "name") args.name = value;
  if (name == "tls-dir") {
    if (!value.starts_with('/'))
      return Wrong("--tls-dir: write an absolute path, as the client has it");
    args.tls_directory = value;
  }
  if (name == "reason") args.reason = value;
  if (name == "service") args.service = value;
  if (name == "project") args.project = value;
  if (name == "since") return SetSince(value, args);
  if (name == "timeout") return SetDuration(name, value, args.timeout);
  if ((name == "service" || name == "project") && value.empty())
    return Wrong(fmt::format("--{}: is empty", name));
  for (const auto& [option, place] : {std::pair("ca", &args.admin_tls.ca),
                                      {"cert", &args.admin_tls.cert},
                                      {"key", &args.admin_tls.key},
                                      {"server-name", &args.admin_tls.server_name}}) {
    if (name != option) continue;
    if (value.empty()) return Wrong(fmt::format("--{}: is empty", name));
    *place = value;
  }
  if (name == "admin") {
    if (value.empty()) return Wrong("--admin: is empty; write unix:/PATH or HOST:PORT");
    args.admin = value;
  }
  if (name == "output") {
    if (value != "table" && value != "json") {
      return Wrong(fmt::format("--output: \"{}\" is neither table nor json", Printable(value)));
    }
    args.output = value == "json" ? Output::kJson : Output::kTable;
  }
  return {};
}

// What stands on the line, sorted into words and options; nothing is checked against a verb yet.
struct Typed {
  std::vector<std::string> words;
  std::vector<std::pair<const OptionSpec*, std::string>> options;
  bool wants_help = false;
};

Result<Typed> Sort(std::span<const std::string> arguments) {
  Typed typed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      typed.words.insert(typed.words.end(), arguments.begin() + i + 1, arguments.end());
      break;
    }
    if (argument == "--help" || argument == "-h") {
      typed.wants_help = true;
    } else if (argument.starts_with("--")) {
      const std::size_t equals = argument.find('=');
      const std::string name =
          argument.substr(2, equals == std::string::npos ? equals : equals - 2);
      const auto spec = std::find_if(kOptions.begin(), kOptions.end(),
                                     [&](const OptionSpec& option) { return option.name == name; });
      if (spec == kOptions.end()) {
        return Wrong("unknown option --" + Printable(name) + DidYouMean(kOptions, name, "--"));
      }
      const bool has_value = equals != std::string::npos;
      if (spec->value_name.empty() && has_value) return Wrong("--" + name + " takes no value");
      if (!spec->value_name.empty() && !has_value && i + 1 == arguments.size()) {
        return Wrong(fmt::format("--{} needs a value: {}", name, spec->value_name));
      }
      std::string value;
      if (has_value) value = argument.substr(equals + 1);
      if (!spec->value_name.empty() && !has_value) value = arguments[++i];
      typed.options.emplace_back(&*spec, std::move(value));
    } else if (argument.starts_with("-") && argument.size() > 1) {
      return Wrong("unknown option " + Printable(argument) + "; options are written in full");
    } else {
      typed.words.push_back(argument);
    }
  }
  return typed;
}

Result<> CheckOperand(const VerbSpec& spec, const Typed& typed) {
  const std::size_t operands = typed.words.size() - 1;
  if (spec.operand == Operand::kAny) return {};
  const bool is_many = spec.operand == Operand::kMany;
  const std::size_t most = spec.operand == Operand::kNone  ? 0
                           : spec.operand == Operand::kTwo ? 2
                                                           : 1;
  if (!is_many && operands > most) {
    return Wrong(fmt::format("{}: \"{}\" is too much", spec.name, Printable(typed.words.back())));
  }
  if (operands == 1 && typed.words[1].empty() && spec.operand == Operand::kOptional) {
    return Wrong(fmt::format("{}: {} is empty", spec.name, spec.operand_name));
  }
  const bool needs_one = is_many || spec.operand == Operand::kRequired;
  const bool lacks_two = spec.operand == Operand::kTwo &&
                         (operands < 2 || typed.words[1].empty() || typed.words[2].empty());
  if (lacks_two || (needs_one && (operands == 0 || typed.words[1].empty()))) {
    return Wrong(fmt::format("{} needs {}", spec.name, spec.operand_name));
  }
  return {};
}

// Whether `words`, "a|b|c", has `word`.
bool IsAmong(std::string_view word, std::string_view words) {
  while (!words.empty()) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    if (words.substr(0, bar) == word) return true;
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
  return false;
}

Result<> CheckMeaning(const VerbSpec& spec, const Args& args) {
  if (args.force && args.reason.empty()) {
    return Wrong("--force needs --reason TEXT, for the record");
  }
  if (args.admin_tls.cert.empty() != args.admin_tls.key.empty())
    return Wrong("--cert and --key need each other");
  if (args.verb == Verb::kPause || args.verb == Verb::kResume) {
    const int scopes = (args.operand.empty() ? 0 : 1) + (args.service.empty() ? 0 : 1) +
                       (args.project.empty() ? 0 : 1);
    if (scopes > 1) {
      return Wrong(
          fmt::format("{}: give one of REPLICA, --service and --project, or none for the "
                      "whole host",
                      spec.name));
    }
  }
  if (args.verb == Verb::kTls && !args.operand.empty() && args.output == Output::kJson) {
    return Wrong("tls SERVICE: is for people; `replicas` and `clients` have it in JSON");
  }
  const bool takes_a_word = spec.operand_name.find('|') != std::string_view::npos;
  if (takes_a_word && !IsAmong(args.operand, spec.operand_name)) {
    return Wrong(fmt::format("{}: \"{}\" is none of {}", spec.name, Printable(args.operand),
                             spec.operand_name));
  }
  return {};
}

}  // namespace

std::span<const VerbSpec> Verbs() {
  return kVerbs;
}

std::span<const OptionSpec> Options() {
  return kOptions;
}

const VerbSpec* FindVerb(std::string_view name) {
  const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                  [&](const VerbSpec& spec) { return spec.name == name; });
  return found != kVerbs.end() ? &*found : nullptr;
}

bool Takes(const VerbSpec& verb, const OptionSpec& option) {
  if (option.is_general) return true;
  std::string_view rest = verb.options;
  while (!rest.empty()) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, blank) == option.name) return true;
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return false;
}

Result<Args> ParseArgs(std::span<const std::string> arguments) {
  Result<Typed> typed = Sort(arguments);
  if (!typed) return std::unexpected(typed.error());
  if (typed->words.empty()) {
    if (typed->wants_help) return Args{};
    return Wrong("no verb given");
  }
  const VerbSpec* spec = FindVerb(typed->words[0]);
  if (spec == nullptr) {
    return Wrong("unknown verb \"" + Printable(typed->words[0]) + "\"" +
                 DidYouMean(kVerbs, typed->words[0], ""));
  }
  Args args;
  if (typed->wants_help) {
    args.help_for = spec->verb;
    return args;
  }
  if (Result<> checked = CheckOperand(*spec, *typed); !checked) {
    return std::unexpected(checked.error());
  }
  args.verb = spec->verb;
  args.operands.assign(typed->words.begin() + 1, typed->words.end());
  if (!args.operands.empty()) args.operand = args.operands.front();
  for (const auto& [option, value] : typed->options) {
    if (!Takes(*spec, *option)) {
      return Wrong(fmt::format("{} does not take --{}", spec->name, option->name));
    }
    if (Result<> set = SetOption(option->name, value, args); !set) {
      return std::unexpected(set.error());
    }
  }
  if (Result<> checked = CheckMeaning(*spec, args); !checked) {
    return std::unexpected(checked.error());
  }
  if (args.verb == Verb::kHelp && !args.operand.empty()) {
    const VerbSpec* about = FindVerb(args.operand);
    if (about == nullptr) return Wrong("no help for \"" + Printable(args.operand) + "\"");
    args.help_for = about->verb;
  }
  return args;
}

std::string HelpText(std::optional<Verb> verb) {
  std::string text;
  if (verb) {
    const VerbSpec& spec = SpecOf(*verb);
    text = fmt::format("fairlead {}: {}\n\nUsage: fairlead {}{}{}{} [OPTIONS]\n", spec.name,
                       spec.summary, spec.name,
                       spec.operand == Operand::kOptional ? " ["
                       : spec.operand != Operand::kNone   ? " "
                                                          : "",
                       spec.operand_name, spec.operand == Operand::kOptional ? "]" : "");
  } else {
    text =
        "fairlead: what the fairlead daemon of this host sees and does, and what to ask of it\n\n"
        "Usage: fairlead VERB [OPTIONS]\n\nVerbs:\n";
    for (const VerbSpec& spec : kVerbs) {
      if (spec.is_hidden) continue;
      const std::string usage = fmt::format("{} {}", spec.name, spec.operand_name);
      if (usage.size() > 22) {
        text += fmt::format("  {}\n  {:<24}{}\n", usage, "", spec.summary);
      } else {
        text += fmt::format("  {:<24}{}\n", usage, spec.summary);
      }
    }
  }
  text += "\nOptions:\n";
  for (const OptionSpec& option : kOptions) {
    if (verb ? !Takes(SpecOf(*verb), option) : false) continue;
    const std::string usage = fmt::format("--{} {}", option.name, option.value_name);
    if (usage.size() > 20) {
      text += fmt::format("  {}\n  {:<22}{}\n", usage, "", option.summary);
    } else {
      text += fmt::format("  {:<22}{}\n", usage, option.summary);
    }
  }
  text +=
      "\nA REPLICA is user-service.shop/2, a container name, or the start of a container id.\n"
      "A CLIENT is its number, or its node id.\n"
      "A SERVICE is user-service.shop, or user-service where one project has it.\n"
      "Exit status: 0 done; 1 the answer is no; 2 wrong usage; 3 daemon not reachable.\n";
  return text;
}

}  // namespace fairlead::cli
