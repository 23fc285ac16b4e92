#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.h"
#include "config/key_table.h"
#include "config/layers.h"
#include "config/text_value.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using nlohmann::json;

constexpr std::string_view kPrefix = "FAIRLEAD_";
// Read by the fairlead command or by the shell around us, never keys of the daemon.
constexpr std::string_view kVariablesOfOthers[] = {"FAIRLEAD_CONFIG", "FAIRLEAD_ADMIN",
                                                   "FAIRLEAD_OUTPUT"};

std::optional<std::string_view> PathOfVariable(const std::string& name) {
  for (const std::string_view path : AllPaths()) {
    if (EnvironmentName(path) == name) return path;
  }
  return std::nullopt;
}

Setting MakeSetting(std::string_view path, const std::string& text, std::string subject,
                    Origin origin, Diagnostics& diagnostics) {
  const KeyRule* rule = FindKey(path);
  json value = rule == nullptr ? json(text) : ValueFromText(*rule, text, subject, diagnostics);
  std::string place = subject;
  return {std::string(path), std::move(subject), std::move(place), origin, std::move(value)};
}

void ReportUnknownVariable(const std::string& name, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const std::string_view path : AllPaths()) known.push_back(EnvironmentName(path));
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto guess = spec::DidYouMean(name, views);
  const bool is_in_section = std::any_of(
      Sections().begin(), Sections().end(),
      [&](std::string_view section) { return name.starts_with(EnvironmentName(section) + "_"); });
  diagnostics.push_back(
      {guess || is_in_section ? spec::Severity::kError : spec::Severity::kWarning,
       std::string(codes::kConfigUnknownKey), Printable(name, 128), "no key has this variable",
       guess ? fmt::format("did you mean {}?", *guess) : "see `fairleadd --help` for all keys"});
}

class ArgumentReader {
 public:
  ArgumentReader(const std::vector<std::string>& arguments, Diagnostics& diagnostics)
      : words_(arguments), diagnostics_(diagnostics) {}

  Arguments Read() {
    bool flags_ended = false;
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (!flags_ended && word == "--") {
        flags_ended = true;
      } else if (!flags_ended && word.starts_with('-') && word.size() > 1) {
        ReadFlag(word);
      } else {
        read_.positional.push_back(word);
        Report(codes::kConfigUnexpectedArgument, word, "fairleadd takes flags only",
               "remove it; a flag begins with --, as --config PATH");
      }
    }
    return std::move(read_);
  }

 private:
  void Report(std::string_view code, std::string_view word, std::string message, std::string hint) {
    diagnostics_.push_back({spec::Severity::kError, std::string(code), Printable(word, 128),
                            std::move(message), std::move(hint)});
  }

  void ReadFlag(const std::string& word) {
    if (word == "-h" || word == "--help") {
      read_.show_help = true;
    } else if (word == "--version") {
      read_.show_version = true;
    } else if (word == "--check-config") {
      read_.check_only = true;
    } else {
      ReadKeyFlag(word);
    }
  }

  void ReadKeyFlag(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string flag = word.substr(0, equals);
    const std::string path = flag.starts_with("--") ? flag.substr(2) : "";
    const KeyRule* rule = FindKey(path);
    if (rule == nullptr && path != "config" && !path.starts_with("defaults.")) {
      return ReportUnknownFlag(flag);
    }
    std::optional<std::string> value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
    } else if (rule != nullptr && rule->kind == KeyKind::kBoolean) {
      value = "true";
    } else if (next_ < words_.size() && !words_[next_].starts_with("--")) {
      value = words_[next_++];
    }
    const std::string subject = Printable(flag, 128);
    if (!value) {
      return Report(codes::kConfigBadValue, subject, "the flag has no value",
                    fmt::format("write {}=VALUE", subject));
    }
    if (!seen_.insert(flag).second) {
      return Report(codes::kConfigDuplicateKey, subject, "the flag is given twice",
                    "keep one of the two; a list is comma-separated");
    }
    if (path == "config") {
      read_.config_path = *value;
    } else {
      read_.settings.push_back(MakeSetting(path, *value, subject, Origin::kFlag, diagnostics_));
    }
  }

  void ReportUnknownFlag(const std::string& flag) {
    std::vector<std::string_view> known(AllPaths().begin(), AllPaths().end());
    known.insert(known.end(), {"config", "check-config", "help", "version"});
    const std::size_t dashes = flag.find_first_not_of('-');
    const std::string bare = dashes == std::string::npos ? "" : flag.substr(dashes);
    const auto guess = spec::DidYouMean(bare, known);
    Report(
        codes::kConfigUnknownKey, flag, "no such flag",
        guess ? fmt::format("did you mean --{}?", *guess) : "see `fairleadd --help` for all flags");
  }

  const std::vector<std::string>& words_;
  Diagnostics& diagnostics_;
  std::size_t next_ = 0;
  std::set<std::string> seen_;
  Arguments read_;
};

}  // namespace

std::vector<Setting> ReadEnvironmentLayer(const std::map<std::string, std::string>& environment,
                                          Diagnostics& diagnostics) {
  std::vector<Setting> settings;
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    if (std::find(std::begin(kVariablesOfOthers), std::end(kVariablesOfOthers), name) !=
        std::end(kVariablesOfOthers)) {
      continue;
    }
    const auto path = PathOfVariable(name);
    if (!path) {
      ReportUnknownVariable(name, diagnostics);
    } else if (!text.empty()) {  // FAIRLEAD_X= is how a Compose file leaves X unset
      settings.push_back(MakeSetting(*path, text, name, Origin::kEnvironment, diagnostics));
    }
  }
  return settings;
}

Arguments ReadArguments(const std::vector<std::string>& arguments, Diagnostics& diagnostics) {
  return ArgumentReader(arguments, diagnostics).Read();
}

}  // namespace fairlead::config
